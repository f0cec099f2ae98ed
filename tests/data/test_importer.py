import errno
import faulthandler
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import pytest

from studio.core.errors import DataError, explain
from studio.data import worker, writer
from studio.data.image import decode


@pytest.fixture
def pets(tmp_path, png, noise_image):
    for number in range(600):
        folder = tmp_path / "pets" / ("cats", "dogs")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.png").write_bytes(png(noise_image(20, 20, 1, number)))
    return tmp_path / "pets"


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


def test_a_crashing_decoder_costs_one_file(monkeypatch, pets, add):
    real = decode.probe, decode.decode

    def probe(source, name):
        if name == "cats/4.png":
            faulthandler.disable()  # pytest's own; it would report this crash as its own
            os.abort()
        return real[0](source, name)

    def fragile(source, name, plan):
        if name == "dogs/7.png":
            time.sleep(60)
        return real[1](source, name, plan)

    monkeypatch.setattr(decode, "probe", probe)
    monkeypatch.setattr(decode, "decode", fragile)
    monkeypatch.setattr(worker, "TIMEOUT_S", 0.5)
    dataset = add(pets)
    assert len(dataset) == 598
    assert dataset.rejects == {
        "cats/4.png": "the decoder crashed on it",
        "dogs/7.png": "decoding it took longer than 0.5 s",
    }
    assert dataset.document.class_counts == (299, 299)


@pytest.mark.fault("A14")
def test_files_that_vanish_are_refused(monkeypatch, pets, add):
    real = decode.probe

    def probe(source, name):
        if name == "cats/0.png":
            os.unlink(source)
        return real(source, name)

    monkeypatch.setattr(decode, "probe", probe)
    dataset = add(pets)
    assert dataset.rejects == {"cats/0.png": "there is no such file or folder"}


@pytest.mark.fault("A21")
def test_full_disk_leaves_nothing(monkeypatch, pets, add, leftovers):
    real = writer.ItemWriter.add

    def full(self, items):
        if self._bytes:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(self, items)

    monkeypatch.setattr(writer.ItemWriter, "add", full)
    with pytest.raises(OSError, match="No space") as caught:
        add(pets)
    assert "disk is full" in explain(caught.value)
    assert leftovers() == []


@pytest.mark.fault("A21")
def test_too_little_space_is_said_before_writing(monkeypatch, pets, add, leftovers):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, 1_000_000))
    with pytest.raises(DataError, match=r"needs 4.44 MB but the disk of .* has 1 MB free"):
        add(pets)
    assert leftovers() == []


def test_same_files_and_seed_give_the_same_data_set(pets, add):
    first, second, other = add(pets, seed=1), add(pets, seed=1), add(pets, seed=2)
    assert first.document.fingerprint == second.document.fingerprint
    assert first.document.id != second.document.id
    assert first.document.fingerprint != other.document.fingerprint


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
