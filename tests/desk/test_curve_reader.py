"""Curves are read again and again, with a sentence where they cannot be."""

import time

import pytest

from studio.desk.curve import CurveKey
from studio.desk.curve_reader import CurveReader, MetricNames
from studio.store.metrics import RunDatabase


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    database = RunDatabase(folder)
    database.add_metrics(database.begin_segment(0), [(step, "loss", float(step)) for step in range(1, 11)])
    database.close()
    return folder


@pytest.fixture
def reader(monkeypatch):
    monkeypatch.setattr("studio.desk.curve_reader._PERIOD_S", 0.02)
    curves, names, problems = [], [], []
    made = CurveReader(curves.append, names.append, problems.append)
    made.curves, made.names, made.problems = curves, names, problems
    yield made
    made.close()


def wait_until(predicate):
    until = time.monotonic() + 10
    while not predicate():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_curves_and_the_names_of_metrics_are_told(reader, run, tmp_path):
    key = CurveKey(run, "loss")
    reader.watch([run, tmp_path / "not begun"], [key, CurveKey(run, "none")])
    wait_until(lambda: reader.curves and reader.names)
    (curve,) = reader.curves[-1]
    assert (curve.key, curve.first, curve.last, curve.newest) == (key, 1, 10, 10.0)
    assert reader.names == [MetricNames(run, ["loss"])]
    assert reader.problems == []


def test_one_that_cannot_be_read_is_said_until_it_can_be(reader, run, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "metrics.db").write_bytes(b"no database" * 100)
    reader.watch([broken, run], [CurveKey(broken, "loss"), CurveKey(run, "loss")])
    wait_until(lambda: reader.problems)
    assert reader.problems[0].startswith("The curves of broken cannot be read: ")
    # The others are shown all the same.
    wait_until(lambda: any(len(curves) == 1 for curves in reader.curves))
    reader.watch([run], [CurveKey(run, "loss")])
    wait_until(lambda: reader.problems[-1] == "")


def test_after_closing_nothing_is_told(reader, run):
    reader.watch([run], [CurveKey(run, "loss")])
    wait_until(lambda: reader.curves)
    reader.close()
    assert not reader._thread.is_alive()
    told = len(reader.curves)
    reader.read_now()
    time.sleep(0.05)
    assert len(reader.curves) == told
