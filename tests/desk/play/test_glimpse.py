"""A run at one moment."""

import numpy as np
import pytest

from studio.desk.play.glimpse import look
from studio.desk.play.lesson import POINTS_SPEC
from studio.store.metrics import RunDatabase


@pytest.fixture
def run(tmp_path):
    (tmp_path / "previews").mkdir()
    return tmp_path


def test_a_run_that_has_not_begun_shows_nothing(run):
    found = look(run, POINTS_SPEC, "loss")
    assert (found.step, found.path, found.samples, found.value) == (-1, None, None, None)


def test_the_newest_samples_and_the_newest_value(run):
    for step in (0, 30):
        np.save(run / "previews" / f"step-{step:08d}.npy", np.full((5, 2), step, np.float32))
    database = RunDatabase(run)
    segment = database.begin_segment(0)
    database.add_metrics(segment, [(1, "loss", 3.0), (30, "loss", 2.0), (20, "validation.distance", 0.5)])
    database.close()
    found = look(run, POINTS_SPEC, "loss")
    assert found.step == 30
    assert np.array_equal(found.samples, np.full((5, 2), 30, np.float32))
    assert found.value == 2.0
    again = look(run, POINTS_SPEC, "distance", known=found)
    assert again.samples is None
    assert again.step == 30
    assert again.value == 0.5
