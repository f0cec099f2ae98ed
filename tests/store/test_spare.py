"""The status of a run on a disk that is full."""

import errno
import json
import os

import pytest

from studio.store import run as source
from studio.store.run import RunStatus, read_status, write_status


@pytest.fixture
def full_disk(small_disk):
    """Fill the small disk to the last byte; gives a function that fills it again."""

    def fill():
        with open(small_disk / "ballast", "ab") as file:
            try:
                while True:
                    os.write(file.fileno(), bytes(512))
            except OSError:
                return

    return fill


@pytest.mark.fault("C1")
def test_every_change_of_state_is_written_on_a_full_disk(small_disk, full_disk):
    """S8: a run on a full disk could not be stopped, and its list said nothing of the trouble."""
    write_status(small_disk, RunStatus(state="paused", step=1))
    full_disk()
    with pytest.raises(OSError, match="No space"):
        (small_disk / "other").write_bytes(b"x" * 5000)
    (small_disk / "other").unlink()
    full_disk()
    for step in range(2, 30):
        state = ("paused", "stopped", "failed")[step % 3]
        write_status(small_disk, RunStatus(state=state, step=step, message=f"The disk is full, {step}." * 200))
        status = read_status(small_disk)
        assert (status.state, status.step) == (state, step)
        assert status.message.startswith(f"The disk is full, {step}.")
        full_disk()
    (small_disk / "ballast").unlink()
    write_status(small_disk, RunStatus(state="finished", step=99))
    assert read_status(small_disk).step == 99
    assert sorted(os.listdir(small_disk)) == [".status.spare", "status.json"]


@pytest.mark.fault("C1")
def test_only_a_change_of_state_takes_the_spare(make_run, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    folder = make_run()
    monkeypatch.setattr(source, "write_document", full)
    with pytest.raises(OSError, match="No space"):
        write_status(folder, RunStatus(state="paused", step=5), durable=False)
    assert read_status(folder).state == "queued"
    write_status(folder, RunStatus(state="stopped", step=5, message="\u00e9" * 10_000))
    assert json.loads((folder / "status.json").read_text())["step"] == 5
    (folder / ".status.spare").unlink()
    with pytest.raises(OSError, match="No space"):
        write_status(folder, RunStatus(state="failed", step=6))
    assert read_status(folder).step == 5


def test_other_errors_of_the_disk_are_not_hidden(make_run, monkeypatch):
    def broken(*_, **__):
        raise OSError(errno.EIO, "Input/output error")

    folder = make_run()
    monkeypatch.setattr(source, "write_document", broken)
    with pytest.raises(OSError, match="Input/output"):
        write_status(folder, RunStatus(state="stopped"))
