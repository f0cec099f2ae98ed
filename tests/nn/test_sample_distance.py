"""The energy coefficient and the distance of samples to items that is made of it."""

import pytest
import torch
from torch import nn

from studio.nn import energy_coefficient, pair_distances, sample_distance


def test_the_energy_coefficient_tells_distributions_apart_without_bias():
    torch.manual_seed(0)
    x, y = torch.randn(2, 1, 1000, 3)
    assert energy_coefficient(x, y).item() == pytest.approx(0.0, abs=4e-3)
    small = torch.stack([energy_coefficient(*torch.randn(2, 1, 8, 3)) for _ in range(2000)])
    assert small.mean().item() == pytest.approx(0.0, abs=0.015)
    assert energy_coefficient(x, y + 0.3).item() < energy_coefficient(x, y + 1.0).item()
    assert energy_coefficient(torch.zeros(1, 50, 3), torch.ones(1, 50, 3)).item() == pytest.approx(1.0)
    # Two points that are one: E|x - x'| = 0 and E|x - y| = E|y - y'| / 2 for y of +1 and -1 in equal parts.
    signs = torch.tensor([1.0, -1.0]).repeat(500)[None, :, None]
    assert energy_coefficient(torch.zeros(1, 1000, 1), signs).item() == pytest.approx(0.5, abs=1e-3)


def test_the_distance_sees_blur_collapse_and_wrong_classes():
    torch.manual_seed(0)
    label = torch.arange(60) % 2

    def items():
        x = torch.rand(60, 1, 16, 16) * 0.4 - 1
        x[label == 1, :, 4:12, 4:12] += 1.5
        return x

    x = items()
    same = sample_distance(x, items()).item()
    assert abs(same) < 0.02
    blurred = nn.functional.avg_pool2d(items(), 5, 1, 2, count_include_pad=False)
    assert sample_distance(x, blurred).item() > 5 * abs(same)
    collapsed = x[:2].repeat(30, 1, 1, 1)
    assert sample_distance(x, collapsed).item() > 5 * abs(same)
    assert sample_distance(collapsed[:1].repeat(8, 1, 1, 1), collapsed[:1].repeat(8, 1, 1, 1)).item() == 0.0


def test_equal_rows_are_no_distance_apart():
    x = 1e3 + torch.rand(1, 5, 64)
    assert torch.equal(pair_distances(x, x).diagonal(dim1=1, dim2=2), torch.zeros(1, 5))
    three, four = torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0], [0.0, 1.0]])
    assert pair_distances(three, four).tolist() == [[5.0, 1.0]]


def test_items_of_one_pixel_have_a_distance():
    assert torch.isfinite(sample_distance(torch.rand(4, 1, 1, 1), torch.rand(4, 1, 1, 1)))
