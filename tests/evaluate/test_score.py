"""The scorer's process: its last line is a result or one sentence, and a cancel leaves nothing half-written."""

import json
import subprocess
import sys

import pytest

from studio.testing import toy_dataset


@pytest.fixture
def process(workspace, gaussian_file, tmp_path):
    """Start the process on a toy data set; its words go on."""
    dataset = toy_dataset(workspace, (2, 2, 1), 2, 4000)

    def start(*words, file=None):
        command = [sys.executable, "-m", "studio.evaluate.score", str(workspace.path), dataset.document.id]
        command += [str(file or gaussian_file()), "--provider", "cpu", *map(str, words)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return start


def last(process):
    out, _ = process.communicate(timeout=60)
    return json.loads(out.splitlines()[-1])


def test_it_reports_and_ends_with_done(process, tmp_path):
    started = process("--least", 2, "-o", tmp_path / "scores.csv")
    done = last(started)
    assert started.returncode == 0
    assert (done["event"], done["items"], len(done["least"])) == ("done", 4000, 2)
    assert (tmp_path / "scores.csv").read_text().startswith("item,split,class,nats\n")


def test_it_says_why_it_fails(process, tmp_path):
    started = process("-o", tmp_path / "scores.csv", file=tmp_path / "none.onnx")
    done = last(started)
    assert started.returncode == 1
    assert done["event"] == "error"
    assert "none.onnx" in done["message"]
    assert not (tmp_path / "scores.csv").exists()


def test_it_is_cancelled(process, make_latent_file, tmp_path):
    # A thousand runs of a bound take seconds, and the first progress comes at once.
    started = process("--draws", 1000, "-o", tmp_path / "scores.csv", file=make_latent_file())
    for line in started.stdout:
        if json.loads(line)["event"] == "progress":
            started.terminate()
            break
    assert last(started) == {"event": "error", "message": "The scoring was cancelled; nothing was written."}
    assert not (tmp_path / "scores.csv").exists()
