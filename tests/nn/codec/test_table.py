"""The map between rows in the units of their columns and the view."""

import numpy as np
import pytest
import torch

from studio.core.errors import SettingsError
from studio.core.manifest import given_input
from studio.core.modality import Column, TableSpec
from studio.core.spec import Continuous, Tokens
from studio.nn import make_codec

SPEC = TableSpec(
    shape=(3,), columns=("a", "b", "c"), knots=((0.0, 1.0, 3.0, 10.0), (-5e4, 5e4), (0.001, 0.0015, 0.002))
)
ROWS = torch.tensor(
    [[0.5, 1e4, 0.0011], [9.99, -4.9e4, 0.00199], [0.0, 5e4, 0.0015], [-2.0, 7e4, 0.0022], [15.0, -9e4, 0.0008]]
)


@pytest.fixture
def codec():
    return make_codec(SPEC, Continuous(dequantise=True))


def test_there_and_back(codec):
    view = codec.encode(ROWS)
    assert view.dtype == torch.float32
    assert (view.abs() < 1).all()
    back = codec.settle(codec.decode(view))
    span = torch.tensor([10.0, 1e5, 0.001])
    assert ((back - ROWS).abs() / span < 1e-4).all()


def test_the_view_rises_and_equally_many_rows_lie_between_knots(codec):
    rows = torch.linspace(-3, 13, 2001)[:, None].repeat(1, 3)
    view = codec.encode(rows)[:, 0]
    assert (view.diff() >= 0).all()
    np.testing.assert_allclose(
        codec.encode(torch.tensor([[0.0, 0, 0], [1, 0, 0], [3, 0, 0], [10, 0, 0]]))[:, 0],
        [-0.98, -0.98 + 1.96 / 3, 0.98 - 1.96 / 3, 0.98],
        atol=1e-6,
    )


def test_the_log_det_is_that_of_the_map(codec):
    rows = ROWS.double().requires_grad_()
    codec = codec.double()
    (slopes,) = torch.autograd.grad(codec.encode(rows).sum(), rows)
    torch.testing.assert_close(codec.log_det(rows), slopes.log().sum(1), atol=1e-9, rtol=0)


def test_a_density_of_the_view_becomes_one_of_the_rows():
    """A uniform view over (-1, 1) has mass 1, in the tails too."""
    codec = make_codec(TableSpec(shape=(1,), columns=("x",), knots=((0.0, 1.0, 10.0),)), Continuous()).double()
    x = torch.linspace(-30, 40, 700_001, dtype=torch.float64)[:, None]
    density = torch.exp(codec.log_det(x)) / 2
    assert float(torch.trapezoid(density, x[:, 0])) == pytest.approx(1.0, abs=1e-4)


def test_whatever_the_view_rows_are_finite(codec):
    view = torch.tensor([[-5.0, 1.0, float("inf")], [-1.0, 5.0, 0.0]])
    assert torch.isfinite(codec.settle(codec.decode(view))).all()


def test_known_values_are_those_that_are_not_nan(codec):
    given = torch.tensor([[0.5, torch.nan, torch.nan]])
    view, known = codec.encode_known(given)
    assert known.tolist() == [[True, False, False]]
    assert view[0, 0] == codec.encode(ROWS[:1])[0, 0]
    assert torch.isfinite(view).all()
    assert given_input(SPEC).dtype == "float32"


def test_it_is_not_random_and_says_what_a_likelihood_is_of(codec):
    assert codec.noise_inputs() == []
    assert (codec.dims, codec.levels, codec.shape) == (3, 0, (3,))
    assert "units of the columns" in codec.likelihood_protocol


def test_what_a_table_has_no_view_of():
    with pytest.raises(SettingsError, match="levels = 300"):
        make_codec(SPEC, Tokens(levels=300))
    with pytest.raises(SettingsError, match="cannot be binarised"):
        make_codec(SPEC, Continuous(binarise=True))
    with pytest.raises(SettingsError, match="add the data set again"):
        make_codec(TableSpec(shape=(1,), columns=("x",)), Continuous())


MIXED = TableSpec(
    shape=(5,),
    columns=(
        Column(name="colour", kind="category", categories=("red", "green", "blue")),
        Column(name="weight", knots=(0.195, 0.505, 0.805), step=0.01, missing=True),
        Column(name="sold", kind="boolean", categories=("no", "yes"), missing=True),
        Column(name="day", kind="date", origin="2020-01-01", knots=(-0.5, 4000.5), step=1.0),
        Column(name="height", knots=(-1.0, 0.0, 5.0)),
    ),
)
CELLS = torch.tensor(
    [
        [0.0, 0.2, 1.0, 0.0, 0.25],
        [2.0, 0.8, 0.0, 4000.0, -0.5],
        [1.0, torch.nan, torch.nan, 1234.0, 4.0],
        [0.0, 0.57, 1.0, 7.0, 6.5],
    ]
)
EXACT = [0, 1, 2, 3]


@pytest.mark.parametrize("view", [Continuous(), Continuous(dequantise=True)])
def test_mixed_rows_come_back_to_the_bit_but_for_real_numbers(view):
    codec = make_codec(MIXED, view)
    encoded = codec.encode(CELLS)
    assert encoded.shape == (4, *codec.shape)
    assert bool((encoded.abs() <= 1).all())
    back = codec.settle(codec.decode(encoded))
    torch.testing.assert_close(back[:, EXACT], CELLS[:, EXACT], atol=0, rtol=0, equal_nan=True)
    torch.testing.assert_close(back[:, 4], CELLS[:, 4], atol=1e-3, rtol=0)


def test_the_plain_view_has_a_value_for_each_category():
    codec = make_codec(MIXED, Continuous())
    assert codec.shape == (3 + 2 + 3 + 3,)
    assert codec.groups == [(3, 2), (5, 3), (8, 3)]
    encoded = codec.encode(CELLS)
    assert encoded[0, 5:8].tolist() == [1, -1, -1]
    assert encoded[2, 3:5].tolist() == [-1, 1]
    assert encoded[2, 8:11].tolist() == [-1, -1, 1]
    assert codec.noise_inputs() == []


def test_a_dequantised_category_has_a_part_of_the_view_to_itself():
    codec = make_codec(MIXED, Continuous(dequantise=True))
    assert codec.shape == (3 + 1 + 2,)
    (entry,) = codec.noise_inputs()
    assert entry.shape == codec.shape
    low, high = codec.encode(CELLS, torch.zeros(4, 6)), codec.encode(CELLS, torch.full((4, 6), 0.999999))
    torch.testing.assert_close(low[:, 4], torch.tensor([-1.0, 1 / 3, -1 / 3, -1.0]))
    torch.testing.assert_close(high[:, 4], torch.tensor([-1 / 3, 1.0, 1 / 3, -1 / 3]), atol=1e-5, rtol=0)


def test_a_uniform_density_of_the_dequantised_view_sums_to_one_over_rounded_rows():
    """Of one column of 31 values and one of three categories, all of which have some of the view."""
    columns = (
        Column(name="a", knots=(0.195, 0.305, 0.505), step=0.01),
        Column(name="b", kind="category", categories=("x", "y", "z"), missing=True),
    )
    codec = make_codec(TableSpec(shape=(2,), columns=columns), Continuous(dequantise=True))
    values, codes = np.meshgrid(np.arange(-100, 200) / 100.0, [0, 1, 2, np.nan])
    rows = torch.tensor(np.stack([values.ravel(), codes.ravel()], 1), dtype=torch.float32)
    assert float(torch.exp(codec.log_det(rows)).sum()) / 4 == pytest.approx(1.0, abs=1e-3)


def test_known_cells_say_where_in_the_view_they_count():
    codec = make_codec(MIXED, Continuous())
    view, known = codec.encode_known(torch.tensor([[1.0, torch.nan, torch.nan, 9.0, torch.nan]]))
    assert known[0].tolist() == [False, True, False] + [False] * 2 + [True] * 3 + [False] * 3
    assert torch.isfinite(view).all()
