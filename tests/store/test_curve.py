"""A run's database is looked at without disturbing its trainer, also while it writes and on a read-only disk."""

import math
import sqlite3

import pytest

from studio.core.errors import ForeignEntryError
from studio.store import curve
from studio.store.curve import CurveDatabase
from studio.store.metrics import RunDatabase


@pytest.fixture
def database(tmp_path):
    database = RunDatabase(tmp_path)
    yield database
    database.close()


@pytest.fixture
def look(tmp_path):
    """Open the database for looking."""
    opened = []

    def make():
        opened.append(CurveDatabase(tmp_path))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def test_reading_while_a_trainer_writes(database, tmp_path):
    segment = database.begin_segment(0)
    database.add_metrics(segment, [(1, "loss", 1.0)])
    reader = CurveDatabase(tmp_path)
    database.add_metrics(segment, [(2, "loss", 2.0)])
    assert reader.extent("loss") == (1, 2)
    assert reader.names() == ["loss"]
    reader.close()


def test_a_run_without_database(tmp_path):
    with pytest.raises(FileNotFoundError):
        CurveDatabase(tmp_path)
    assert not (tmp_path / "metrics.db").exists()


def test_the_latest_and_the_best_of_each_metric(database, look):
    segment = database.begin_segment(0)
    values = [(1, "b", 3.0), (2, "b", 1.0), (3, "b", 2.0), (1, "a", math.nan), (1, "c", -1.0), (2, "c", math.inf)]
    database.add_metrics(segment, values)
    reader = look()
    assert reader.names() == ["a", "b", "c"]
    assert reader.latest() == {"b": 2.0, "c": -1.0}
    assert (reader.best("b", "min"), reader.best("b", "max"), reader.best("a", "min")) == (1.0, 3.0, None)
    assert (reader.newest("a"), reader.extent("none")) == (None, None)
    assert reader.rows("b") == [(1, 3.0), (2, 1.0), (3, 2.0)]


def test_a_run_that_said_nothing(database, look):
    reader = look()
    assert (reader.names(), reader.latest(), reader.events(5)) == ([], {}, [])


def test_events_come_newest_first_and_no_more_than_asked(database, look):
    segment = database.begin_segment(0)
    for step in range(4):
        database.add_event(segment, step, "kind", f"message {step}")
    assert [event.message for event in look().events(2)] == ["message 3", "message 2"]


def test_it_writes_nothing(database, look):
    database.begin_segment(0)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        look()._db.execute("DELETE FROM metrics")


def test_a_companion_that_is_a_link_is_refused(database, look, tmp_path):
    database.close()
    for ending in ("-wal", "-shm"):
        (tmp_path / f"metrics.db{ending}").unlink(missing_ok=True)
    (tmp_path / "metrics.db-wal").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ForeignEntryError, match="is a link"):
        look()


def test_a_query_that_never_ends_is_ended(database, look, monkeypatch):
    monkeypatch.setattr(curve, "_QUERY_S", 0.05)
    reader = look()
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        reader._db.execute(endless).fetchone()
    assert reader.names() == []
