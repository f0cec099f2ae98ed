"""The map of columns of numbers by their knots."""

import math

import pytest
import torch

from studio.nn.codec.quantile import QuantileMap

KNOTS = ((0.0, 1.0, 3.0, 10.0), (-5e4, 5e4))


def test_knots_are_equally_far_apart_in_the_view_and_tails_beyond():
    values = torch.tensor([[0.0, -5e4], [1.0, 0.0], [3.0, 5e4], [10.0, 6e4], [12.0, -9e4]])
    view = QuantileMap(KNOTS)(values)
    torch.testing.assert_close(view[:4, 0], torch.tensor([-0.98, -0.98 + 1.96 / 3, 0.98 - 1.96 / 3, 0.98]))
    torch.testing.assert_close(view[:3, 1], torch.tensor([-0.98, 0.0, 0.98]))
    assert 0.98 < view[4, 0] < 1.0
    assert -1.0 < view[4, 1] < -0.98


def test_the_slope_and_the_inverse_are_those_of_the_map():
    quantiles = QuantileMap(KNOTS).double()
    x = torch.tensor([[0.5, 1e4], [9.0, -6e4], [-0.7, 5.5e4]], dtype=torch.float64).requires_grad_()
    view = quantiles(x)
    (slope,) = torch.autograd.grad(view.sum(), x)
    torch.testing.assert_close(quantiles.log_slope(x), slope.log())
    torch.testing.assert_close(quantiles.inverse(view), x.detach(), atol=1e-6, rtol=1e-9)


def test_no_columns_at_all():
    quantiles = QuantileMap([])
    nothing = torch.zeros(3, 0)
    assert quantiles(nothing).shape == quantiles.inverse(nothing).shape == quantiles.log_slope(nothing).shape == (3, 0)


def test_the_ends_of_the_view_are_cut_and_stay_finite():
    back = QuantileMap(KNOTS).inverse(torch.tensor([[-7.0, 1.0]]))
    assert bool(torch.isfinite(back).all())
    reach = float(QuantileMap(KNOTS).reach[0])
    assert float(back[0, 0]) == pytest.approx(-reach * math.log(2e4), rel=0.02)


def test_the_normal_view_has_the_quantiles_of_a_normal_number():
    shares = (0.0, 0.001, 0.16, 0.5, 0.84, 0.999, 1.0)
    quantiles = QuantileMap([(0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 50.0)], [shares], normal=True)
    view = quantiles(torch.tensor([[1.0], [2.0], [3.0], [4.0], [5.0], [50.0]]))[:, 0]
    assert float(view[2]) == pytest.approx(0.0, abs=1e-6)
    assert float(view[3] / view[4]) == pytest.approx(0.9945 / 3.0902, abs=1e-3)
    assert float(view[5]) == pytest.approx(0.98)
    torch.testing.assert_close(view[:2], -view[[4, 3]])
    assert float(quantiles.inverse(torch.tensor([[0.98]]))) == pytest.approx(50.0, rel=1e-4)


def test_a_share_says_where_a_knot_lies_in_the_uniform_view():
    quantiles = QuantileMap([(0.0, 1.0, 2.0)], [(0.0, 0.9, 1.0)])
    assert float(quantiles(torch.tensor([[1.0]]))) == pytest.approx(0.98 * 0.8)
