"""Distances against closed forms and naive loops, in float64."""

import numpy as np
import pytest
import torch

from studio.evaluate.distances import frechet_distance, gaussian_distance, kernel_distance
from studio.evaluate.resampling import indicators, parts


def draw(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_frechet_of_gaussians_with_axes_in_common():
    """There the covariances commute: the sum over axes of (m - n)^2 + (s - t)^2."""
    s, t = torch.tensor([1.0, 2.0, 0.5]).double(), torch.tensor([3.0, 0.25, 0.5]).double()
    m, n = draw(0, 3), draw(1, 3)
    turn = torch.linalg.qr(draw(2, 3, 3)).Q
    got = gaussian_distance(m, turn @ torch.diag(s**2) @ turn.T, n, turn @ torch.diag(t**2) @ turn.T)
    assert got == pytest.approx(float((m - n).square().sum() + (s - t).square().sum()), rel=1e-12)


def test_frechet_of_gaussians_whose_covariances_do_not_commute():
    """In two dimensions tr (AB)^(1/2) = sqrt(tr AB + 2 sqrt(det AB))."""
    a, b = draw(3, 2, 2), draw(4, 2, 2)
    a, b = a @ a.T, b @ b.T
    assert not torch.allclose(a @ b, b @ a)
    zero = torch.zeros(2, dtype=torch.float64)
    cross = torch.sqrt((a @ b).trace() + 2 * torch.sqrt(torch.det(a @ b)))
    want = float(a.trace() + b.trace() - 2 * cross)
    assert gaussian_distance(zero, a, zero, b) == pytest.approx(want, rel=1e-10)
    assert gaussian_distance(zero, b, zero, a) == pytest.approx(want, rel=1e-10)


def test_frechet_of_samples_comes_to_that_of_their_gaussians():
    x, y = draw(5, 20_000, 4), 2.0 * draw(6, 20_000, 4) + 1.0
    assert frechet_distance(x, y) == pytest.approx(4 + 4, rel=0.05)


def test_frechet_of_few_items_is_that_of_their_covariances():
    """Fewer items than features take the shorter way; both give the same."""
    x, y = draw(12, 12, 30), 1.5 * draw(13, 17, 30) + 0.2
    want = gaussian_distance(x.mean(0), torch.cov(x.T), y.mean(0), torch.cov(y.T))
    assert frechet_distance(x, y) == pytest.approx(want, rel=1e-6)
    assert frechet_distance(x.float(), y.float()) == pytest.approx(want, rel=1e-4)


def test_frechet_of_a_set_with_itself_of_constants_and_of_fewer_items_than_features():
    x = draw(7, 10, 40)
    assert frechet_distance(x, x) == pytest.approx(0.0, abs=1e-5)
    same = torch.ones(10, 40)
    assert frechet_distance(same, same) == 0.0
    assert frechet_distance(same, same + 1) == pytest.approx(40.0)
    assert np.isfinite(frechet_distance(x, same))


def naive_kernel(x, y):
    def k(a, b):
        return (float(a @ b) / len(a) + 1.0) ** 3

    xx = [k(a, b) for i, a in enumerate(x) for j, b in enumerate(x) if i != j]
    yy = [k(a, b) for i, a in enumerate(y) for j, b in enumerate(y) if i != j]
    xy = [k(a, b) for a in x for b in y]
    return np.mean(xx) + np.mean(yy) - 2 * np.mean(xy)


def test_kernel_distance_against_loops(monkeypatch):
    monkeypatch.setattr("studio.evaluate.distances._CHUNK", 3)
    x, y = draw(8, 11, 5), draw(9, 8, 5) + 0.5
    assert float(kernel_distance(x, y)) == pytest.approx(naive_kernel(x, y), rel=1e-12)


def test_kernel_distance_of_subsets_in_one_pass():
    x, y = draw(10, 14, 3), draw(11, 12, 3)
    of_x, of_y = parts(14, 2, 3, 0), parts(12, 2, 3, 1)
    got = kernel_distance(x, y, indicators(of_x, 14), indicators(of_y, 12))
    assert float(got[0]) == pytest.approx(naive_kernel(x, y), rel=1e-12)
    for value, rows_x, rows_y in zip(got[1:], of_x, of_y, strict=True):
        assert float(value) == pytest.approx(naive_kernel(x[rows_x], y[rows_y]), rel=1e-12)


def test_kernel_distance_is_unbiased():
    """Over pairs of sets of one distribution the mean is zero within its error, and some are below."""
    values = torch.stack([kernel_distance(draw(2 * i, 50, 4), draw(2 * i + 1, 50, 4))[0] for i in range(200)])
    assert abs(float(values.mean())) < 3 * float(values.std()) / 200**0.5
    assert bool((values < 0).any())
    assert float(kernel_distance(draw(0, 50, 4), draw(1, 50, 4) + 1.0)) > 10 * float(values.std())
