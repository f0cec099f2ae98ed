"""Images that are all but the same: the same groups as a plain look at every pair finds, in their order."""

import numpy as np
import pytest

from studio.evaluate.image import duplicates
from studio.evaluate.image.duplicates import first_alike


def by_every_pair(items):
    """The rule as it is said, without any short cut."""
    features = (items / 255.0).reshape(len(items), -1)
    near = np.minimum(0.05, 0.25 * features.std(1))
    first = np.arange(len(items))
    for number in range(len(items)):
        for earlier in range(number):
            if first[earlier] != earlier:
                continue
            apart = features[number] - features[earlier]
            alike = np.sqrt(np.square(apart).mean()) <= min(near[number], near[earlier]) and np.abs(apart).max() <= 0.15
            if alike or np.array_equal(items[number], items[earlier]):
                first[number] = earlier
                break
    return first


@pytest.fixture
def crowd():
    """Images in families of shapes, with copies that differ by noise of many strengths, or in one place, shuffled."""
    rng = np.random.default_rng(0)
    shapes = rng.integers(0, 256, (40, 10, 12, 1)).astype(np.float64)
    kinds = rng.integers(0, 40, 300)
    strengths = rng.choice([0.0, 1.0, 4.0, 7.0, 9.0, 10.0, 12.0, 40.0], 300)
    noise = rng.normal(size=(300, 10, 12, 1)) * strengths[:, None, None, None]
    noise[:, 3, 4, 0] += rng.choice([0, 25, 45, 70], 300)
    return np.clip(shapes[kinds] + noise, 0, 255).round().astype(np.uint8)


@pytest.mark.parametrize(("block", "chunk"), [(1024, 8192), (32, 8192), (16, 8)])
def test_it_finds_what_every_pair_shows(crowd, monkeypatch, block, chunk):
    monkeypatch.setattr(duplicates, "_BLOCK", block)
    monkeypatch.setattr(duplicates, "_CHUNK", chunk)
    expected = by_every_pair(crowd)
    assert 40 < len(np.unique(expected)) < 250
    assert first_alike(crowd).tolist() == expected.tolist()


def test_pictures_of_little_contrast_are_not_the_same_for_that():
    stars = np.zeros((50, 32, 32, 3), np.uint8)
    for number in range(50):
        stars[number, number // 2, number % 32] = 60
    assert first_alike(stars).tolist() == list(range(50))
    # Empty ones are, being equal.
    assert first_alike(np.zeros((5, 4, 4, 1), np.uint8)).tolist() == [0] * 5


def test_what_differs_in_one_place_is_not_the_same():
    faces = np.random.default_rng(3).integers(60, 200, (1, 64, 64, 3)).repeat(3, 0).astype(np.uint8)
    faces[1, 20:26, 20:26] = 255
    faces[2, 20:26, 20:26] += 10
    assert first_alike(faces).tolist() == [0, 1, 0]


def test_large_images_are_compared_as_small_ones():
    rng = np.random.default_rng(1)
    large = rng.integers(0, 256, (6, 16, 16, 3)).repeat(8, 1).repeat(8, 2)
    noisy = np.clip(large + rng.normal(size=large.shape) * 12, 0, 255)
    items = np.concatenate([large, noisy]).astype(np.uint8)
    assert first_alike(items).tolist() == [*range(6), *range(6)]


def test_copies_of_one_image_cost_no_pairs():
    told = []
    items = np.tile(np.random.default_rng(2).integers(0, 256, (1, 8, 8, 1)).astype(np.uint8), (30_000, 1, 1, 1))
    assert not first_alike(items, lambda done, total: told.append((done, total))).any()
    assert told == sorted(told)
    assert all(done <= total == 30_000 for done, total in told)
    assert told[-1] == (30_000, 30_000)
