"""Decimating keeps what can be seen; smoothing keeps what is true."""

from pathlib import Path

import numpy as np
import pytest

from studio.desk.curve import Curve, CurveKey, decimate, smooth, thin_out

KEY = CurveKey(Path("run"), "loss")


def curve(values, steps=None):
    steps = range(len(values)) if steps is None else steps
    return Curve.from_rows(KEY, [(s, v, v, v) for s, v in zip(steps, values, strict=True)], (0, len(values) - 1))


def test_a_short_curve_is_drawn_as_it_is():
    steps, values = decimate(curve([3.0, 1.0, 2.0]), 0, 2, 100)
    assert steps.tolist() == [0, 1, 2]
    assert values.tolist() == [3, 1, 2]


def test_a_long_curve_keeps_every_extreme_of_every_column():
    rng = np.random.default_rng(0)
    raw = rng.standard_normal(10_000)
    raw[5_432] = 50.0
    steps, values = decimate(curve(raw), 0, 9_999, 100)
    assert len(values) <= 2 * 101
    assert values.max() == 50.0
    assert values.min() == raw.min()
    assert abs(steps[values.argmax()] - 5_432) <= 100
    for column in range(100):
        part = raw[column * 100 : column * 100 + 100]
        drawn = values[(steps >= column * 100 - 1) & (steps < column * 100 + 100)]
        assert drawn.max() >= part.max() - 1e-12
        assert drawn.min() <= part.min() + 1e-12


def test_only_what_is_in_view_is_drawn():
    steps, _ = decimate(curve(np.zeros(1_000)), 400, 500, 50)
    assert 398 <= steps.min() <= 400
    assert 500 <= steps.max() <= 502


def test_values_that_are_not_finite_or_absurd_are_gaps():
    found = curve([1.0, np.nan, 1e300, -np.inf, 2.0])
    assert np.isfinite(found.mean).tolist() == [True, False, False, False, True]
    assert found.exact
    _, values = decimate(curve([np.nan] * 1_000), 0, 999, 10)
    assert np.isnan(values).all()


def test_a_constant_stays_the_constant_at_the_ends_too():
    assert np.allclose(smooth(np.full(500, 3.25), 0.1), 3.25)


def test_smoothing_has_no_delay_and_bridges_gaps():
    line = np.linspace(0.0, 1.0, 1_001)
    inner = slice(200, 800)
    assert np.allclose(smooth(line, 0.05)[inner], line[inner], atol=1e-9)
    holed = line.copy()
    holed[400:405] = np.nan
    assert np.allclose(smooth(holed, 0.05)[300:500], line[300:500], atol=2e-3)
    assert np.isnan(smooth(np.full(50, np.nan), 0.1)).all()


def test_a_smooth_line_is_thinned_out_without_jumps():
    steps = np.arange(1_000.0)
    x, y = thin_out(steps, 2 * steps, 100)
    assert len(x) == 100
    assert np.allclose(y, 2 * x)
    assert np.allclose(np.diff(x), 10)
    assert thin_out(steps[:5], steps[:5], 100)[0] is not None
    assert len(thin_out(steps[:5], steps[:5], 100)[0]) == 5


def test_no_smoothing_is_the_line_itself():
    line = np.array([1.0, 5.0, 2.0])
    assert smooth(line, 0.0) is line
    assert len(smooth(np.empty(0), 0.5)) == 0


@pytest.mark.parametrize(("step", "value"), [(-0.4, 1.0), (0.4, 1.0), (0.6, 4.0), (2.3, 2.0)])
def test_the_value_at_a_step_is_the_nearest(step, value):
    assert curve([1.0, 4.0, 2.0]).at(step) == value


@pytest.mark.parametrize("step", [-5, 99])
def test_where_a_curve_has_ended_it_has_no_value(step):
    assert np.isnan(curve([1.0, 4.0, 2.0]).at(step))


def test_means_are_told_from_values():
    assert not Curve.from_rows(KEY, [(4, 1.5, 1.0, 2.0)], (0, 8)).exact


def test_an_empty_curve_has_no_value():
    assert np.isnan(Curve(KEY).at(3))
