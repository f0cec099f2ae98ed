"""Documents and folders appear whole or not at all, whatever ends the writer."""

import errno
import json
import os
import random
import resource
import signal
import time

import pytest

from studio.core.errors import WorkspaceError, explain
from studio.store.atomic import fsync_file, new_folder, read_document, write_bytes, write_document


def lines(reading):
    """What a child said before it ended."""
    text = b""
    while chunk := os.read(reading, 65536):
        text += chunk
    return text.decode().splitlines()


def test_round_trip(tmp_path):
    path = tmp_path / "a.json"
    write_document(path, {"text": "ä\n☃", "list": [1, 2.5, None]})
    assert read_document(path) == {"text": "ä\n☃", "list": [1, 2.5, None]}
    assert json.loads(path.read_text())["format"] == 1
    assert os.listdir(tmp_path) == ["a.json"]


@pytest.mark.fault("B9", "C2")
def test_a_killed_writer_leaves_a_whole_document(tmp_path, fork):
    """Each child rewrites the document 200 times and says each number once it is durable; it is killed in between."""
    path = tmp_path / "status.json"
    write_document(path, {"number": -1})
    chance = random.Random(1)
    killed = 0

    def rewrite(say):
        for number in range(200):
            write_document(path, {"number": number, "padding": "x" * 3000})
            say(number)

    for _ in range(40):
        write_document(path, {"number": -1})
        pid, reading = fork(rewrite)
        time.sleep(chance.uniform(0, 0.02))
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        killed += os.WIFSIGNALED(status)
        acknowledged = [-1, *map(int, lines(reading))][-1]
        assert read_document(path)["number"] in (acknowledged, acknowledged + 1)
    assert killed >= 20


@pytest.mark.parametrize("name", ["open", "fsync", "replace"])
@pytest.mark.fault("B10", "C2")
def test_a_failing_call_keeps_the_old_document(tmp_path, monkeypatch, name):
    """The N-th call of the system fails, for N = 1 and up, until the writing gets through."""
    path = tmp_path / "a.json"
    write_document(path, {"number": 0})
    real = getattr(os, name)
    fails_at = 0
    reasons = []

    for attempt in range(1, 10):
        calls = 0

        def failing(*arguments, **options):
            nonlocal calls
            calls += 1
            if calls == attempt:  # noqa: B023
                raise OSError(errno.EIO, "Input/output error")
            return real(*arguments, **options)

        monkeypatch.setattr(os, name, failing)
        try:
            write_document(path, {"number": attempt})
        except OSError as error:
            fails_at = attempt
            reasons.append(error.errno)
        finally:
            monkeypatch.setattr(os, name, real)
        assert os.listdir(tmp_path) == ["a.json"]
        number = read_document(path)["number"]
        if fails_at != attempt:
            assert number == attempt
            break
        assert number in (0, attempt)
    assert fails_at >= 1
    assert set(reasons) == {errno.EIO}


@pytest.mark.fault("C1")
def test_a_full_disk_keeps_the_old_document(small_disk):
    path = small_disk / "a.json"
    write_document(path, {"number": 1})
    with pytest.raises(OSError, match="space") as raised:
        write_document(path, {"number": 2, "padding": "x" * 100_000})
    assert "the disk is full" in explain(raised.value)
    assert read_document(path) == {"number": 1}
    assert os.listdir(small_disk) == ["a.json"]
    write_document(path, {"number": 3})
    assert read_document(path) == {"number": 3}


def test_a_limit_on_file_sizes_keeps_the_old_document(tmp_path, fork):
    path = tmp_path / "a.json"
    write_document(path, {"number": 1})

    def write(say):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            write_document(path, {"padding": "x" * 10_000})
        except OSError as error:
            say(error.errno)

    pid, reading = fork(write)
    assert lines(reading) == [str(errno.EFBIG)]
    os.waitpid(pid, 0)
    assert read_document(path) == {"number": 1}
    assert os.listdir(tmp_path) == ["a.json"]


def test_numbers_that_are_no_json_are_refused(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_document(tmp_path / "a.json", {"x": float("nan")})
    assert os.listdir(tmp_path) == []


def test_write_bytes_replaces_a_link_not_its_target(tmp_path):
    target = tmp_path / "theirs"
    target.write_bytes(b"theirs")
    link = tmp_path / "link"
    link.symlink_to(target)
    write_bytes(link, b"ours")
    assert target.read_bytes() == b"theirs"
    assert link.read_bytes() == b"ours"


def test_a_new_folder_appears_whole(tmp_path):
    with new_folder(tmp_path / "a") as unfinished:
        (unfinished / "inner").mkdir()
        (unfinished / "inner" / "file").write_text("x")
        assert not (tmp_path / "a").exists()
        assert unfinished.name.startswith(".")
    assert (tmp_path / "a" / "inner" / "file").read_text() == "x"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failed_folder_leaves_nothing(tmp_path, error):
    def fill():
        with new_folder(tmp_path / "a") as unfinished:
            (unfinished / "file").write_text("x")
            raise error

    with pytest.raises(error):
        fill()
    assert os.listdir(tmp_path) == []


@pytest.mark.fault("C1", "D1")
def test_a_folder_on_a_full_disk_leaves_nothing(small_disk):
    with pytest.raises(OSError, match="space"), new_folder(small_disk / "a") as unfinished:
        (unfinished / "file").write_bytes(b"x" * 100_000)
    assert os.listdir(small_disk) == []


def test_a_folder_that_is_there_is_not_touched(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "theirs").write_text("x")
    with pytest.raises(FileExistsError), new_folder(tmp_path / "a"):
        pass
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a" / "theirs").read_text() == "x"


@pytest.mark.fault("B9", "C2", "D1")
def test_a_killed_folder_is_never_seen(tmp_path, fork):
    def fill(say):
        for number in range(50):
            with new_folder(tmp_path / f"f{number}") as unfinished:
                for name in "abc":
                    (unfinished / name).write_text(name * 1000)
            say(number)

    pid, reading = fork(fill)
    time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    whole = {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")}
    assert {f"f{number}" for number in lines(reading)} <= whole
    for name in whole:
        assert [(tmp_path / name / letter).stat().st_size for letter in "abc"] == [1000] * 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"x": 1}',
        b'{"format": null}',
        b'{"format": "one"}',
        b'{"format": 1e999}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"format": 1, "x": "' + b"a" * 10,
    ],
)
@pytest.mark.fault("C7")
def test_damage_is_said(tmp_path, data):
    path = tmp_path / "a.json"
    path.write_bytes(data)
    with pytest.raises(WorkspaceError) as raised:
        read_document(path)
    assert str(raised.value) == f"{path} is damaged: it is not one of the studio's documents."
    assert path.read_bytes() == data


@pytest.mark.fault("C7")
def test_a_huge_file_is_not_read(tmp_path):
    path = tmp_path / "a.json"
    with open(path, "wb") as file:
        file.truncate(2**40)
    with pytest.raises(WorkspaceError, match="too large"):
        read_document(path)


def test_a_missing_document_is_said(tmp_path):
    with pytest.raises(WorkspaceError, match=r"missing\.json cannot be read: No such file or directory\."):
        read_document(tmp_path / "missing.json")


@pytest.mark.fault("C11")
def test_a_newer_document_is_refused(tmp_path):
    path = tmp_path / "a.json"
    write_document(path, {"x": 1}, version=3)
    with pytest.raises(WorkspaceError, match=r"newer studio \(format 3, this one knows 2\); update the studio"):
        read_document(path, version=2)
    assert os.listdir(tmp_path) == ["a.json"]


@pytest.mark.fault("C11")
def test_an_older_document_is_migrated_after_a_backup(tmp_path):
    path = tmp_path / "a.json"
    write_document(path, {"x": 1}, version=1)
    before = path.read_bytes()
    steps = {1: lambda old: {"y": old["x"] + 1}, 2: lambda old: {"z": old["y"] * 10}}
    assert read_document(path, version=3, migrations=steps) == {"z": 20}
    assert (tmp_path / "a.json.format-1").read_bytes() == before
    assert json.loads(path.read_text()) == {"format": 3, "z": 20}
    assert read_document(path, version=3) == {"z": 20}


def test_an_older_document_may_be_read_as_it_lies(tmp_path):
    path = tmp_path / "a.json"
    write_document(path, {"x": 1}, version=1)
    before = path.read_bytes()
    assert read_document(path, version=2, migrations={1: lambda old: {"y": old["x"] + 1}}, rewrite=False) == {"y": 2}
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.json"]


def test_an_older_document_without_a_way_is_left_alone(tmp_path):
    path = tmp_path / "a.json"
    write_document(path, {"x": 1}, version=1)
    with pytest.raises(WorkspaceError, match="format 1, which this studio can no longer read"):
        read_document(path, version=3, migrations={2: dict})
    assert os.listdir(tmp_path) == ["a.json"]


@pytest.mark.fault("C11")
def test_a_failing_migration_keeps_the_document(tmp_path):
    path = tmp_path / "a.json"
    write_document(path, {"x": 1}, version=1)
    before = path.read_bytes()
    with pytest.raises(KeyError):
        read_document(path, version=2, migrations={1: lambda old: {"y": old["no such"]}})
    assert path.read_bytes() == before
    assert (tmp_path / "a.json.format-1").read_bytes() == before


def test_fsync_of_a_file(tmp_path):
    (tmp_path / "a").write_text("x")
    fsync_file(tmp_path / "a")
    with pytest.raises(FileNotFoundError):
        fsync_file(tmp_path / "b")
