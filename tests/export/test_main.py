"""The exporter's process: what it says, and what it leaves when it is cancelled."""

import json
import signal
import subprocess
import sys

import pytest

from studio.testing import Trial, toy_dataset
from studio_vae.plugin import plugin


@pytest.fixture
def exporter(workspace):
    """Start ``python -m studio.export`` on a run of two steps."""
    trial = Trial(plugin, workspace, toy_dataset(workspace), {"channels": 8, "groups": 0}, {"steps": 2})
    trial.train()
    words = [sys.executable, "-m", "studio.export", str(workspace.path), str(trial.folder)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("stage", ["loading", pytest.param("writing encode.onnx", marks=pytest.mark.slow)])
def test_a_cancelled_export_leaves_nothing(exporter, workspace, stage):
    for line in exporter.stdout:
        if json.loads(line)["stage"] == stage:
            break
    exporter.send_signal(signal.SIGTERM)
    out, _ = exporter.communicate(timeout=60)
    assert exporter.returncode == 1
    assert json.loads(out.splitlines()[-1]) == {
        "event": "error",
        "message": "The export was cancelled; a model that was finished is kept.",
    }
    assert list(workspace.folder("models").iterdir()) == []
