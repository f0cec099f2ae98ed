"""Pixels as features, and images brought down to a size."""

import numpy as np
import pytest
import torch

from studio.evaluate.image.pixels import PixelFeatures, batches, shrink


def images(*shape):
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


def test_pixels_are_the_values_of_small_images():
    items = images(5, 3, 7, 3)
    seen = []
    features = PixelFeatures().extract(items, lambda done, total: seen.append((done, total)))
    assert features.shape == (5, 63)
    np.testing.assert_allclose(features.reshape(5, 3, 3, 7), items.transpose(0, 3, 1, 2) / 255.0, atol=1e-6)
    assert seen == [(5, 5)]


def test_large_images_are_brought_down_without_changing_their_mean():
    items = np.repeat(np.repeat(images(2, 16, 8, 1), 8, axis=1), 8, axis=2)
    features = PixelFeatures().extract(items)
    assert features.shape == (2, 32 * 16)
    np.testing.assert_allclose(features.mean(1), items.mean((1, 2, 3)) / 255.0, atol=0.01)


def test_batches_are_in_order_and_told_after_they_were_used():
    items, told = images(5, 2, 3, 1), []
    found = []
    for x in batches(items, 2, lambda *now: told.append(now)):
        assert len(told) == len(found)
        found.append(x)
    assert [len(x) for x in found] == [2, 2, 1]
    assert told == [(2, 5), (4, 5), (5, 5)]
    np.testing.assert_allclose(torch.cat(found)[:, 0].numpy() * 255, items[..., 0], atol=1e-4)


@pytest.mark.parametrize(
    ("size", "expected"), [((32, 32), (32, 32)), ((64, 16), (32, 8)), ((16, 64), (8, 32)), ((1, 640), (1, 32))]
)
def test_the_longer_side_decides(size, expected):
    assert shrink(torch.rand(1, 3, *size), 32).shape[2:] == expected
