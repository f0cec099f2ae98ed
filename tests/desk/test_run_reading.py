"""What a run left behind: the shape of its curve, and what was said about it."""

import csv
import math
import sqlite3

import pytest

from studio.desk.curve import CurveKey
from studio.desk.run_reading import curves_as_csv, read_events, read_sketch, write_csv
from studio.store.metrics import RunDatabase


@pytest.fixture
def write(tmp_path):
    """Write values of a run's metrics; gives its folder."""

    def make(**metrics):
        database = RunDatabase(tmp_path)
        segment = database.begin_segment(0)
        rows = [(step, name.replace("__", "."), value) for name, values in metrics.items() for step, value in values]
        database.add_metrics(segment, rows)
        database.add_event(segment, 1, "kind", "first")
        database.add_event(segment, 2, "kind", "second")
        database.close()
        return tmp_path

    return make


def test_validation_goes_before_training(write):
    run = write(loss=[(1, 9.0)], validation__loss=[(1, 3.0), (2, 1.0), (3, 2.0)])
    sketch = read_sketch(run, ("loss", "min"))
    assert (sketch.values.tolist(), sketch.best, sketch.metric) == ([3.0, 1.0, 2.0], 1.0, "validation.loss")
    assert read_sketch(run, ("loss", "max")).best == 3.0


def test_before_the_first_validation_it_is_the_training(write):
    sketch = read_sketch(write(loss=[(1, 9.0), (2, math.nan)]), ("loss", "min"))
    assert sketch.metric == "loss"
    assert sketch.values[0] == 9.0
    assert math.isnan(sketch.values[1])


def test_a_long_curve_is_a_few_values(write):
    run = write(loss=[(step, float(step)) for step in range(1, 5001)])
    sketch = read_sketch(run, ("loss", "max"))
    assert 60 <= len(sketch.values) <= 300
    assert sketch.best == 5000.0


def test_nothing_yet(write, tmp_path):
    assert read_sketch(tmp_path, ("loss", "min")) is None
    assert read_events(tmp_path) == []
    assert read_sketch(write(other=[(1, 1.0)]), ("loss", "min")) is None


def test_events_come_newest_first(write):
    assert [event.message for event in read_events(write())] == ["second", "first"]


def test_a_damaged_database_has_no_shape_and_its_events_are_an_error(tmp_path):
    (tmp_path / "metrics.db").write_bytes(b"damaged" * 1000)
    assert read_sketch(tmp_path, ("loss", "min")) is None
    with pytest.raises(sqlite3.Error):
        read_events(tmp_path)


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    database = RunDatabase(folder)
    rows = [(1, "loss", 1 / 3), (2, "loss", math.nan), (3, "loss", -2.0), (1, "=sum", 1.0)]
    database.add_metrics(database.begin_segment(0), rows)
    database.close()
    return folder


def test_every_value_is_a_row_and_comes_back_exactly(run, tmp_path):
    write_csv(tmp_path / "t.csv", [("a, b", CurveKey(run, "loss")), ("none", CurveKey(run, "missing"))])
    with open(tmp_path / "t.csv", newline="") as file:
        table = list(csv.reader(file))
    assert table[0] == ["run", "metric", "step", "value"]
    assert table[1:] == [["a, b", "loss", "1", repr(1 / 3)], ["a, b", "loss", "2", ""], ["a, b", "loss", "3", "-2.0"]]
    assert float(table[1][3]) == 1 / 3


def test_a_name_that_begins_like_a_formula_is_text_in_the_table(run):
    assert curves_as_csv([("=1+1", CurveKey(run, "=sum"))]).splitlines()[1] == "'=1+1,'=sum,1,1.0"


def test_a_table_that_cannot_be_written_leaves_nothing(run, tmp_path):
    with pytest.raises(FileNotFoundError):
        write_csv(tmp_path / "missing" / "t.csv", [("a", CurveKey(run, "loss"))])
    with pytest.raises(FileNotFoundError):
        write_csv(tmp_path / "t.csv", [("a", CurveKey(tmp_path / "no run", "loss"))])
    assert not (tmp_path / "t.csv").exists()
