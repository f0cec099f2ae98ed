"""What a certificate says, and when it is refused."""

import numpy as np
import pytest

from studio.core.modality import TableSpec
from studio.core.spec import Continuous
from studio.export.parity import _certificate, _view
from studio.nn import Sampler, make_codec


def certificate(ours, theirs, items=(), tolerance=1e-4):
    return _certificate([(np.float32(ours), np.float32(theirs))], items, tolerance, "CPU")


def test_the_largest_difference_decides():
    assert certificate([0.0, 1.0], [0.0, 1.00005]).passed
    refused = certificate([0.0, 1.0], [0.0, 1.0002])
    assert not refused.passed
    assert refused.max_abs == pytest.approx(2e-4, rel=1e-2)
    assert refused.mean_abs == pytest.approx(1e-4, rel=1e-2)
    assert certificate([0.0, 1.0], [0.0, 1.0002], tolerance=1e-3).passed


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_passes_nowhere(value):
    assert not certificate([value, 1.0], [0.0, 1.0]).passed
    assert not certificate([value, 1.0], [value, 1.0]).passed


def test_the_share_of_levels_that_differ():
    ours, theirs = np.array([[1, 2, 3, 4]], np.uint8), np.array([[1, 2, 3, 5]], np.uint8)
    assert certificate([0.0], [0.0], [(ours, theirs)]).differing == 0.25
    assert certificate([0.0], [0.0]).differing is None


def test_rows_are_compared_where_a_difference_means_the_same_in_every_column():
    from torch import nn

    spec = TableSpec(shape=(2,), columns=("a", "b"), knots=((0.0, 1e6), (0.0, 1e-6)))
    program = Sampler([], nn.Identity(), codec=make_codec(spec, Continuous()))
    rows = np.array([[5e5, 5e-7]], np.float32)
    moved = rows * np.float32(1.001)
    np.testing.assert_allclose(_view(program, moved) - _view(program, rows), [[9.8e-4, 9.8e-4]], rtol=1e-2)
