"""What a run left behind: the shape of its curve, and what was said about it."""

import math
import sqlite3

import pytest

from studio.desk.run_reading import read_events, read_sketch
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
