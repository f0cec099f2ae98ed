"""The process that finds near-duplicates: its last line is a result or one sentence."""

import json
import subprocess
import sys

import numpy as np
import pytest

from studio.testing import toy_dataset


@pytest.fixture
def start(workspace, tmp_path):
    """Start the process on a data set."""

    def run(dataset):
        command = [sys.executable, "-m", "studio.evaluate.repeats", str(workspace.path), dataset]
        command += ["-o", str(tmp_path / "first.npy")]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return run


def last(process):
    out, _ = process.communicate(timeout=60)
    return json.loads(out.splitlines()[-1])


def test_it_reports_and_ends_with_done(start, workspace, tmp_path):
    toy = toy_dataset(workspace, (8, 8, 1), 2, 300)
    process = start(toy.document.id)
    done = last(process)
    assert process.returncode == 0
    first = np.load(tmp_path / "first.npy")
    assert (done["items"], done["repeats"]) == (300, int((first != np.arange(300)).sum()))
    assert done["written"] == str(tmp_path / "first.npy")


def test_it_says_why_it_fails(start, tmp_path):
    process = start("none")
    assert "none" in last(process)["message"]
    assert process.returncode == 1
    assert not (tmp_path / "first.npy").exists()


def test_it_is_cancelled(start, workspace, tmp_path):
    process = start(toy_dataset(workspace, (64, 64, 3), 2, 4000).document.id)
    assert json.loads(process.stdout.readline())["event"] == "progress"
    process.terminate()
    assert last(process) == {"event": "error", "message": "The comparison was cancelled."}
    assert not (tmp_path / "first.npy").exists()
