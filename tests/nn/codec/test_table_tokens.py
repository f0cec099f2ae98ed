"""Rows as one symbol a column."""

import numpy as np
import pytest
import torch

from studio.core.modality import Column, TableSpec
from studio.core.spec import Tokens
from studio.nn import make_codec

SPEC = TableSpec(
    shape=(4,),
    columns=(
        Column(name="colour", kind="category", categories=("red", "green", "blue"), missing=True),
        Column(name="rooms", kind="whole", knots=(0.5, 2.5, 7.5), step=1.0),
        Column(name="price", kind="whole", knots=(99.5, 500.5, 90000.5), step=1.0),
        Column(name="height", knots=(-1.0, 0.0, 5.0), missing=True),
    ),
)
ROWS = torch.tensor(
    [[0.0, 1.0, 100.0, 0.25], [2.0, 7.0, 90000.0, torch.nan], [torch.nan, 3.0, 499.0, 4.0], [1.0, 4.0, 777.0, -0.9]]
)


@pytest.fixture
def codec():
    return make_codec(SPEC, Tokens(levels=64))


def test_every_column_has_its_own_vocabulary(codec):
    assert codec.sizes == (4, 7, 64, 65)
    assert (codec.vocab_size, codec.shape, codec.dims) == (65, (4,), 4)
    assert codec.allowed().sum(1).tolist() == [4, 7, 64, 65]


def test_few_values_have_a_symbol_each_and_come_back(codec):
    symbols = codec.encode(ROWS)
    assert symbols.dtype == torch.int64
    assert symbols[:, 0].tolist() == [0, 2, 3, 1]
    assert symbols[:, 1].tolist() == [0, 6, 2, 3]
    assert symbols[1, 3] == 64
    for share in (0.0, 0.5, 0.999):
        back = codec.settle(codec.decode(symbols + share))
        torch.testing.assert_close(back[:, :2], ROWS[:, :2], atol=0, rtol=0, equal_nan=True)
        assert torch.isnan(back[:, 3]).tolist() == [False, True, False, False]
        again = codec.encode(back, torch.full_like(back, 0.5))
        assert ((again - symbols).abs() <= 1).all()


def test_a_whole_number_of_many_values_comes_back_whole_and_in_range(codec):
    symbols = codec.encode(ROWS)
    back = codec.settle(codec.decode(symbols + torch.rand(4, 4)))
    assert torch.equal(back[:, 2], back[:, 2].round())
    assert bool(((back[:, 2] >= 100) & (back[:, 2] <= 90000)).all())


def test_a_uniform_model_sums_to_one_over_all_rows(codec):
    rooms, prices = np.meshgrid(np.arange(1, 8), np.arange(-100_000, 200_000))
    rows = torch.zeros(rooms.size, 4)
    rows[:, 1], rows[:, 2] = torch.tensor(rooms.ravel()), torch.tensor(prices.ravel())
    per_height = codec.map.log_slope(torch.zeros(1, 3))[0, 2] + np.log(32.0)
    total = torch.exp(codec.log_det(rows) - per_height).double().sum() / (7 * 64)
    assert float(total) == pytest.approx(1.0, abs=1e-3)


def test_known_cells_are_symbols_and_free_ones_are_not(codec):
    known = codec.encode_known(torch.tensor([[2.0, torch.nan, torch.nan, 0.25]]))
    assert known[0, :3].tolist() == [2, -1, -1]
    assert 0 <= known[0, 3] < 64


def test_what_a_likelihood_is_of(codec):
    assert "density of other numbers" in codec.likelihood_protocol
    assert len(codec.noise_inputs()) == 1
    points = make_codec(TableSpec(shape=(1,), columns=("x",), knots=((0.0, 1.0),)), Tokens())
    assert points.likelihood_protocol == "density in the units of the columns"
    assert points.noise_inputs() == []
    codes = SPEC.columns[:2]
    few = make_codec(TableSpec(shape=(2,), columns=codes), Tokens())
    assert few.likelihood_protocol == "probability of categories and rounded numbers"
    assert few.noise_inputs() == []
