"""SQLite, opened the one safe way."""

import os
import signal
import sqlite3
import time

import pytest

from studio.core.errors import ForeignEntryError, WorkspaceError, explain
from studio.store.database import open_database, set_aside

SCHEMA = ("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT)",)


@pytest.fixture
def open_it(tmp_path):
    """Open the test's database; closed at the end."""
    opened = []

    def make(**options):
        opened.append(open_database(tmp_path / "a.db", SCHEMA, **options))
        return opened[-1]

    yield make
    for connection in opened:
        connection.close()


def fill(connection, count=200):
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO t (text) VALUES (?)", (("x" * 500,) for _ in range(count)))
    connection.execute("COMMIT")
    connection.close()


def test_settings_of_the_file(open_it):
    connection = open_it(version=4)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA user_version").fetchone() == (4,)


def test_what_is_written_is_there_again(open_it):
    fill(open_it(), 3)
    assert open_it().execute("SELECT COUNT(*) FROM t").fetchone() == (3,)


@pytest.mark.parametrize("data", [b"no database at all, but text" * 100, os.urandom(8192)])
@pytest.mark.fault("C6")
def test_a_damaged_file_is_set_aside(tmp_path, open_it, data):
    path = tmp_path / "a.db"
    path.write_bytes(data)
    assert open_it().execute("SELECT COUNT(*) FROM t").fetchone() == (0,)
    assert (tmp_path / "a.db.corrupt-1").read_bytes() == data


@pytest.mark.fault("C6")
def test_a_truncated_file_is_set_aside(tmp_path, open_it):
    fill(open_it())
    path = tmp_path / "a.db"
    os.truncate(path, path.stat().st_size // 2 + 7)
    assert open_it(thorough=True).execute("SELECT COUNT(*) FROM t").fetchone() == (0,)
    assert (tmp_path / "a.db.corrupt-1").exists()


@pytest.mark.fault("C6")
def test_a_damaged_page_is_found_by_a_thorough_look(tmp_path, open_it):
    fill(open_it())
    path = tmp_path / "a.db"
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4096))
    assert open_it(thorough=True).execute("SELECT COUNT(*) FROM t").fetchone() == (0,)
    assert (tmp_path / "a.db.corrupt-1").exists()


@pytest.mark.fault("C6")
def test_an_empty_file_becomes_a_database(tmp_path, open_it):
    (tmp_path / "a.db").touch()
    assert open_it().execute("SELECT COUNT(*) FROM t").fetchone() == (0,)


def test_damage_is_an_error_where_nothing_can_be_rebuilt(tmp_path):
    (tmp_path / "a.db").write_bytes(b"text" * 1000)
    with pytest.raises(WorkspaceError, match="is damaged: file is not a database"):
        open_database(tmp_path / "a.db", SCHEMA, rebuild=False)
    assert (tmp_path / "a.db").read_bytes() == b"text" * 1000


def test_damaged_files_get_numbers(tmp_path):
    for number in (1, 2, 3):
        (tmp_path / "a.db").write_text(str(number))
        (tmp_path / "a.db-wal").write_text(f"wal {number}")
        assert set_aside(tmp_path / "a.db") == tmp_path / f"a.db.corrupt-{number}"
    assert (tmp_path / "a.db.corrupt-2").read_text() == "2"
    assert (tmp_path / "a.db.corrupt-2-wal").read_text() == "wal 2"
    assert not (tmp_path / "a.db-wal").exists()


@pytest.mark.fault("C6")
def test_a_newer_database_is_refused(tmp_path, open_it):
    open_it(version=2).close()
    with pytest.raises(WorkspaceError, match=r"newer studio \(format 2, this one knows 1\); update the studio"):
        open_database(tmp_path / "a.db", SCHEMA, version=1)
    assert not (tmp_path / "a.db.corrupt-1").exists()


def test_a_folder_in_the_way_is_not_set_aside(tmp_path):
    (tmp_path / "a.db").mkdir()
    with pytest.raises(ForeignEntryError, match="is no file"):
        open_database(tmp_path / "a.db", SCHEMA)
    assert (tmp_path / "a.db").is_dir()


def test_writers_at_the_same_time(tmp_path, fork, open_it):
    """Four processes open a file that is not there yet, and write a hundred rows each."""

    def write(say):
        connection = open_database(tmp_path / "a.db", SCHEMA)
        for _ in range(100):
            connection.execute("INSERT INTO t (text) VALUES (?)", (str(os.getpid()),))
        connection.close()
        say("done")

    for pid, _ in [fork(write) for _ in range(4)]:
        assert os.waitpid(pid, 0)[1] == 0
    assert open_it().execute("SELECT COUNT(*) FROM t GROUP BY text").fetchall() == [(100,)] * 4


@pytest.mark.fault("C2")
def test_a_killed_writer_loses_no_row_that_was_acknowledged(tmp_path, fork, open_it):
    open_it().close()

    def write(say):
        connection = open_database(tmp_path / "a.db", SCHEMA)
        for number in range(100_000):
            connection.execute("INSERT INTO t (id, text) VALUES (NULL, ?)", ("x" * 300,))
            say(number)

    acknowledged = 0
    for round_ in range(5):
        pid, reading = fork(write)
        time.sleep(0.02 + 0.01 * round_)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        while chunk := os.read(reading, 65536):
            acknowledged += chunk.count(b"\n")
    connection = open_it()
    assert acknowledged <= connection.execute("SELECT COUNT(*) FROM t").fetchone()[0] <= acknowledged + 5
    assert acknowledged > 0
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.fault("C1")
def test_a_full_disk_is_said_and_nothing_is_lost(small_disk):
    connection = open_database(small_disk / "a.db", SCHEMA)
    written = 0

    def write():
        nonlocal written
        for _ in range(1000):
            connection.execute("INSERT INTO t (text) VALUES (?)", ("x" * 1000,))
            written += 1

    with pytest.raises(sqlite3.OperationalError) as raised:
        write()
    assert explain(raised.value) == "the disk is full; free some space and try again"
    assert written > 0
    assert connection.execute("SELECT COUNT(*) FROM t").fetchone() == (written,)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
