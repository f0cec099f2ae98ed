"""Precision, recall, density, coverage and nearest neighbours against naive loops on points made by hand."""

import pytest
import torch

from studio.evaluate.manifold import compare_manifolds, nearest, neighbour_radii


def naive(real, samples, k):
    def radius(points, i):
        return sorted(float((points[i] - other).norm()) for j, other in enumerate(points) if j != i)[k - 1]

    def inside(a, centre, reach):
        return float((a - centre).norm()) <= reach + 1e-12

    real_reach = [radius(real, i) for i in range(len(real))]
    sample_reach = [radius(samples, i) for i in range(len(samples))]
    hits = [[inside(y, x, reach) for x, reach in zip(real, real_reach, strict=True)] for y in samples]
    precision = sum(any(row) for row in hits) / len(samples)
    density = sum(sum(row) for row in hits) / (k * len(samples))
    coverage = sum(any(row[i] for row in hits) for i in range(len(real))) / len(real)
    recall = sum(any(inside(x, y, r) for y, r in zip(samples, sample_reach, strict=True)) for x in real) / len(real)
    return precision, recall, density, coverage


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("chunk", [4, 1024])
def test_against_loops(monkeypatch, k, chunk):
    monkeypatch.setattr("studio.evaluate.manifold._CHUNK", chunk)
    generator = torch.Generator().manual_seed(k)
    real = torch.randn(23, 2, generator=generator, dtype=torch.float64)
    samples = 0.7 * torch.randn(17, 2, generator=generator, dtype=torch.float64) + 0.4
    got = compare_manifolds(real, samples, k)
    assert (got.precision, got.recall, got.density, got.coverage) == pytest.approx(naive(real, samples, k), abs=1e-12)
    assert 0 < got.precision < 1 or k > 1


def test_points_on_a_line():
    """Real 0, 1, 2, 10; samples 0.5, 1.5, 100, 101; k = 1: balls of radius 1, 1, 1, 8 and 1, 1, 1, 1."""
    real = torch.tensor([[0.0], [1.0], [2.0], [10.0]])
    samples = torch.tensor([[0.5], [1.5], [100.0], [101.0]])
    got = compare_manifolds(real, samples, k=1)
    assert got.precision == 0.5
    assert got.recall == 0.75
    assert got.density == (2 + 2) / 4
    assert got.coverage == 0.75


def test_dropped_modes_cost_recall_and_copies_of_one_cost_coverage():
    generator = torch.Generator().manual_seed(0)
    real = torch.cat([torch.randn(40, 3, generator=generator), torch.randn(40, 3, generator=generator) + 50])
    half = torch.randn(80, 3, generator=generator)
    got = compare_manifolds(real, half)
    assert got.precision > 0.8
    assert got.recall <= 0.5
    assert got.coverage <= 0.5
    constant = compare_manifolds(real, torch.zeros(80, 3))
    assert constant.recall == 0.0
    assert 0.0 < constant.coverage < 0.5
    equal = compare_manifolds(torch.ones(20, 3), torch.ones(20, 3))
    assert (equal.precision, equal.recall, equal.coverage) == (1.0, 1.0, 1.0)


def test_radii_leave_the_item_itself_out():
    assert neighbour_radii(torch.tensor([[0.0], [1.0], [3.0]]), 1).tolist() == [1.0, 1.0, 2.0]
    assert neighbour_radii(torch.tensor([[0.0], [0.0], [3.0]]), 1).tolist() == [0.0, 0.0, 3.0]


def test_nearest_over_chunks(monkeypatch):
    monkeypatch.setattr("studio.evaluate.manifold._CHUNK", 1)
    generator = torch.Generator().manual_seed(1)
    x, among = (torch.randn(n, 4, generator=generator, dtype=torch.float64) for n in (7, 40))
    distance, index = nearest(x, among, 3)
    want = torch.cdist(x, among).sort(dim=1)
    assert torch.equal(index, want.indices[:, :3])
    assert torch.allclose(distance, want.values[:, :3])
