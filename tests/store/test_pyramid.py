"""The pyramid says the same as the values it was made of, whatever was cut and drawn again."""

import math
import random

import pytest

from studio.store.curve import CurveDatabase
from studio.store.metrics import RunDatabase


@pytest.fixture
def database(tmp_path):
    database = RunDatabase(tmp_path)
    yield database
    database.close()


def curve(tmp_path, name="loss", columns=10, first=None, last=None):
    reader = CurveDatabase(tmp_path)
    span = reader.extent(name)
    found = reader.read(name, span[0] if first is None else first, span[1] if last is None else last, columns)
    reader.close()
    return found


def test_a_short_curve_is_its_values(database, tmp_path):
    segment = database.begin_segment(0)
    database.add_metrics(segment, [(step, "loss", step / 2) for step in range(1, 21)])
    assert [(b.step, b.mean, b.low, b.high) for b in curve(tmp_path)] == [
        (s, s / 2, s / 2, s / 2) for s in range(1, 21)
    ]


def test_a_long_curve_keeps_its_extremes_and_its_mean(database, tmp_path):
    random.seed(3)
    values = {step: random.gauss(0, 1) for step in range(1, 20_001)}
    values[7_777], values[12_345] = 99.0, -99.0
    segment = database.begin_segment(0)
    steps = sorted(values)
    for at in range(0, len(steps), 333):
        database.add_metrics(segment, [(step, "loss", values[step]) for step in steps[at : at + 333]])
    found = curve(tmp_path, columns=50)
    assert 20 <= len(found) <= 200
    assert max(b.high for b in found) == 99.0
    assert min(b.low for b in found) == -99.0
    spike = next(b for b in found if b.high == 99.0)
    assert abs(spike.step - 7_777) < 512
    assert [b.step for b in found] == sorted(b.step for b in found)
    whole = 512 * 5
    inside = [values[step] for step in range(512, whole)]
    part = curve(tmp_path, columns=50, first=512, last=whole - 1)
    assert sum(b.mean for b in part) / len(part) == pytest.approx(sum(inside) / len(inside), abs=0.02)


def test_the_rows_do_not_grow_with_the_points(database, tmp_path):
    segment = database.begin_segment(0)
    database.add_metrics(segment, [(step, "loss", 1.0) for step in range(100_000)])
    assert len(curve(tmp_path, columns=100)) <= 400
    assert len(curve(tmp_path, columns=100, first=50_000, last=50_300)) == 301


def test_a_resumed_segment_draws_again_what_it_cut(database, tmp_path):
    first = database.begin_segment(0)
    database.add_metrics(first, [(step, "loss", 1.0) for step in range(1, 5_001)])
    second = database.begin_segment(3_003)
    assert curve(tmp_path, columns=5, last=5_000)[-1].step <= 3_072
    database.add_metrics(second, [(step, "loss", 2.0) for step in range(3_004, 4_001)])
    reader = CurveDatabase(tmp_path)
    assert reader.extent("loss") == (1, 4_000)
    found = reader.read("loss", 1, 4_000, 5)
    assert len(found) <= 20
    straddling = next(b for b in found if b.low != b.high)
    assert (straddling.low, straddling.high) == (1.0, 2.0)
    assert {b.mean for b in found if b.step < 2_500} == {1.0}
    assert {b.mean for b in found if b.step > 3_600} == {2.0}
    exact = reader.read("loss", 3_000, 3_007, 10)
    assert [b.mean for b in exact] == [1.0] * 4 + [2.0] * 4
    assert reader.best("loss", "min") == 1.0
    assert reader.best("loss", "max") == 2.0
    reader.close()


def test_values_that_are_not_finite_are_gaps(database, tmp_path):
    segment = database.begin_segment(0)
    database.add_metrics(segment, [(1, "loss", 1.0), (2, "loss", math.nan), (3, "loss", 3.0), (4, "bad", math.nan)])
    assert [math.isnan(b.mean) for b in curve(tmp_path)] == [False, True, False]
    reader = CurveDatabase(tmp_path)
    assert reader.rows("loss") == [(1, 1.0), (2, None), (3, 3.0)]
    assert reader.best("loss", "max") == 3.0
    assert reader.best("bad", "max") is None
    assert reader.rows("nothing") == []
    reader.close()


def test_a_database_from_before_gets_its_pyramid(database, tmp_path):
    segment = database.begin_segment(0)
    database.add_metrics(segment, [(step, "loss", float(step)) for step in range(1, 2_001)])
    before = curve(tmp_path, columns=20)
    database._db.execute("DROP TABLE buckets")
    assert curve(tmp_path, columns=20) == before
    database._db.execute("DELETE FROM buckets")
    RunDatabase(tmp_path).close()
    assert curve(tmp_path, columns=20) == before
