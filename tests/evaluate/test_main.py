"""The judge's process: why it fails, and what it leaves when it is cancelled."""

import json
import signal
import subprocess
import sys

from tests.evaluate.copying import copier


def start(workspace, *words):
    command = [sys.executable, "-m", "studio.evaluate", str(workspace.path), *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_process_says_why_it_fails(workspace, toy, tmp_path):
    (tmp_path / "broken.onnx").write_bytes(b"broken")
    process = start(workspace, toy[1].name, tmp_path / "broken.onnx")
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert errors == ""
    event = json.loads(output.splitlines()[-1])
    assert event["event"] == "error"
    assert event["message"].startswith(f"{tmp_path / 'broken.onnx'} is damaged")


def test_the_process_is_cancelled_while_the_classifier_learns(workspace, bare, tmp_path):
    dataset, folder = bare
    file = copier(tmp_path / "some.onnx", dataset.items[:99])
    process = start(workspace, folder.name, file, "-o", tmp_path / "out.json")
    for line in process.stdout:
        if "training the classifier" in line:
            break
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert errors == ""
    last = json.loads(output.splitlines()[-1])
    assert last == {"event": "error", "message": "The evaluation was cancelled; reports that were finished are kept."}
    assert not (folder / "classifier").exists()
    assert not (tmp_path / "out.json").exists()
    assert [path for path in folder.iterdir() if path.name.startswith(".")] == []
