"""Numbers beside their floor, measured again on random parts."""

import numpy as np
import pytest

from studio.evaluate.part_measures import PartMeasures


def mean_difference(items, held_out, seed):
    found = {"mean": float(abs(items.mean() - held_out.mean()))}
    return found | ({"often": 1.0} if len(items) > 150 else {})


def test_samples_and_floor_are_measured_alike():
    generator = np.random.default_rng(0)
    held_out, floor = generator.normal(size=(300, 2)), generator.normal(size=(300, 2))
    report = PartMeasures("a title", mean_difference, 3, 2).report(held_out + 1.0, held_out, floor, 5)
    # What a part cannot measure is left out.
    (measure,) = report.measures
    assert (report.name, report.dims, measure.name) == ("a title", 2, "mean")
    assert measure.value == pytest.approx(1.0)
    assert measure.floor < 0.2
    assert len(measure.halves) == len(measure.quarters) == 3
    assert measure.interval[0] < 1.0 < measure.interval[1]
