"""The importer process: its events, its one sentence of error, and what a cancelled one leaves."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


def children_of(pid):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == pid and fields[0] != "Z":
                found.append(int(entry))
    return found


def gone(pids, within_s=5.0):
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if not any(os.path.exists(f"/proc/{pid}") for pid in pids):
            return True
        time.sleep(0.02)
    return False


def test_process_reports_and_ends_with_done(pets, import_process, leftovers):
    (pets / "bad.png").write_bytes(b"<html>")
    status, events, err = import_process(pets, seed=3)
    assert (status, err) == (0, "")
    *progress, done = events
    assert done.pop("dataset") in leftovers()
    assert done == {
        "event": "done",
        "name": "pets",
        "items": 600,
        "rejected": 1,
        "classes": ["cats", "dogs"],
        "shape": [20, 20, 1],
        "size": "20 x 20 grey",
        "splits": {"train": 480, "validation": 60, "test": 60},
        "notes": [],
    }
    assert {event["event"] for event in progress} == {"progress"}
    assert [event for event in progress if event["done"] == event["total"] > 0] == [
        {"event": "progress", "stage": "looking", "done": 601, "total": 601},
        {"event": "progress", "stage": "reading", "done": 601, "total": 601},
        {"event": "progress", "stage": "decoding", "done": 600, "total": 600},
    ]


def test_process_says_errors_in_one_sentence(tmp_path, import_process):
    status, events, err = import_process(tmp_path / "missing")
    assert (status, err) == (1, "")
    assert events == [{"event": "error", "message": f"{tmp_path}/missing does not exist; check the path."}]


@pytest.mark.fault("A11")
def test_process_imports_names_that_are_not_utf8(tmp_path, import_process, png, noise_image):
    folder = os.fsencode(tmp_path) + b"/b\xff"
    os.mkdir(folder)
    with open(folder + b"/a\xfe.png", "wb") as file:
        file.write(png(noise_image(4, 4)))
    status, events, _ = import_process(os.fsdecode(folder))
    assert (status, events[-1]["items"], events[-1]["name"]) == (0, 1, "b\\udcff")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("stage", ["looking", "reading", "decoding"])
def test_cancel_leaves_nothing(pets, start_importer, leftovers, number, stage):
    process = start_importer(pets, size=(512, 512))
    for line in process.stdout:
        if stage.encode() in line:
            break
    workers = children_of(process.pid)
    process.send_signal(number)
    process.send_signal(number)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 1
    assert err == b""
    assert b"cancelled; nothing was added" in out
    assert leftovers() == []
    assert gone(workers)


def test_workers_end_with_a_killed_importer(pets, start_importer):
    process = start_importer(pets, size=(1024, 1024))
    for line in process.stdout:
        if b"decoding" in line:
            break
    workers = children_of(process.pid)
    assert workers
    process.kill()
    process.wait()
    assert gone(workers)


def test_closed_output_cancels(pets, start_importer, leftovers):
    process = start_importer(pets, size=(512, 512))
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    assert process.wait(timeout=20) == 1
    assert process.stderr.read() == b""
    assert leftovers() == []


def test_an_unexpected_error_is_a_sentence(tmp_path, import_process, workspace, pets):
    workspace.write_text("a file where a folder should be")
    status, events, err = import_process(pets)
    assert status == 1
    assert events[-1]["event"] == "error"
    assert str(workspace) in events[-1]["message"]
    assert err == ""


def test_a_missing_request_is_said(tmp_path):
    command = [sys.executable, "-m", "studio.data", str(tmp_path / "none.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    message = f"Nothing was imported: {tmp_path}/none.json: there is no such file or folder."
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout) == {"event": "error", "message": message}


@pytest.mark.parametrize("words", [[], ["a.json", "--look"], ["a.json", "--preview", "b"]])
def test_other_words_are_refused(words, capfd):
    from studio.core.errors import SettingsError
    from studio.data.__main__ import _run

    with pytest.raises(SettingsError, match=r"^The importer takes one request: python -m studio\.data REQUEST"):
        _run(words, print)
    assert capfd.readouterr().out == ""
