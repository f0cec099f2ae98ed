"""Each kind of measure beside its floor."""

import numpy as np
import pytest

from studio.evaluate.table.feature_sets import TableFeatureSets
from studio.evaluate.table.measures import row_measures
from tests.evaluate.table.conftest import SPEC


@pytest.mark.parametrize("kind", ["columns", "pairs", "two-sample", "prediction"])
def test_real_rows_are_at_the_floor_and_others_are_not(make_rows, kind, monkeypatch):
    monkeypatch.setattr("studio.evaluate.table.measures._PARTS", dict.fromkeys(("columns", "pairs", kind), 2))
    monkeypatch.setattr("studio.evaluate.table.learners._ROUNDS", {"two-sample": 20, "prediction": 20})
    held_out, floor = make_rows(400, 1), make_rows(400, 2)
    metric = row_measures(SPEC, kind)
    assert metric.title
    real = metric.report(make_rows(400, 3), held_out, floor, 0)
    # Other dependences leave single columns as they are; those are moved.
    moved = np.array([0.0, 1.0 if kind == "columns" else 0.0, 0.0], np.float32)
    wrong = metric.report(make_rows(400, 4, correlation=-0.5) + moved, held_out, floor, 0)
    assert [one.name for one in real.measures] == [one.name for one in wrong.measures] != []
    for measure in (*real.measures, *wrong.measures):
        assert measure.interval[0] <= measure.value <= measure.interval[1]
        assert len(measure.halves) == len(measure.quarters) > 1
    pairs = zip(wrong.measures, real.measures, strict=True)
    assert any(abs(one.value - one.floor) > 4 * abs(other.value - other.floor) + 0.02 for one, other in pairs)


def test_the_sets_have_them_all():
    titles = [metric.title for metric in TableFeatureSets(SPEC).metrics(None, None)]
    assert titles == ["each column", "pairs of columns", "real or generated", "trained on samples"]
