"""The way from one latent to another."""

import numpy as np
import pytest
from pydantic import ValidationError

from studio.core.interpolation import InterpolationPath, great_circle, has_way, shorter_way_round
from studio.core.manifest import Manifest, noise_input, steps_input


def test_the_great_circle_keeps_the_length_and_ends_where_it_should():
    generator = np.random.default_rng(0)
    a, b = (generator.normal(size=50).astype(np.float32) for _ in range(2))
    b *= np.linalg.norm(a) / np.linalg.norm(b)
    way = great_circle(a, b, np.linspace(0, 1, 7))
    np.testing.assert_allclose(way[[0, -1]], [a, b], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(way, axis=1), np.linalg.norm(a), rtol=1e-5)
    steps = np.linalg.norm(np.diff(way, axis=0), axis=1)
    np.testing.assert_allclose(steps, steps[0], rtol=1e-4)


def test_the_ends_are_exact_and_shapes_stay():
    generator = np.random.default_rng(1)
    a, b = (generator.normal(size=(2, 3, 4)).astype(np.float32) for _ in range(2))
    way = great_circle(a, b, [0.0, 0.25, 1.0])
    assert way.shape == (3, 2, 3, 4)
    assert way.dtype == np.float32
    np.testing.assert_array_equal(way[[0, 2]], [a, b])


@pytest.mark.parametrize(("a", "b"), [([1, 2], [2, 4]), ([1, 2], [-1, -2]), ([0, 0], [3, 4])])
def test_where_there_is_no_circle_the_way_is_straight(a, b):
    a, b = np.array(a, np.float32), np.array(b, np.float32)
    np.testing.assert_allclose(great_circle(a, b, np.array([0.0, 0.5, 1.0])), [a, (a + b) / 2, b], atol=1e-6)


def test_uniform_numbers_go_the_shorter_way_round_and_stay_uniform():
    way = shorter_way_round(np.array([0.9, 0.2], np.float32), np.array([0.1, 0.6], np.float32), [0.0, 0.25, 1.0])
    np.testing.assert_allclose(way, [[0.9, 0.2], [0.95, 0.3], [0.1, 0.6]], atol=1e-6)
    ends = np.random.default_rng(0).random((2, 20_000), np.float32)
    middle = shorter_way_round(*ends, [0.3])[0]
    assert middle.min() >= 0.0
    assert middle.max() < 1.0
    np.testing.assert_allclose(np.histogram(middle, 10, (0, 1))[0] / len(middle), 0.1, atol=0.01)


def test_a_share_lies_on_the_way():
    with pytest.raises(ValidationError):
        InterpolationPath(seed=0, index=0, shares=(0.5, 1.5))
    with pytest.raises(ValidationError):
        InterpolationPath(seed=0, index=0, shares=(float("nan"),))


@pytest.mark.parametrize(
    ("inputs", "there"),
    [
        ([noise_input((4,)), steps_input(3)], True),
        ([noise_input((4,)), noise_input((2,), "other")], True),
        ([noise_input((4,)), noise_input((2,), "other", "uniform")], True),
        ([noise_input((2,), "other", "uniform")], False),
        ([steps_input(3)], False),
    ],
)
def test_only_between_normal_noise_lies_anything(inputs, there):
    assert has_way(Manifest(inputs=tuple(inputs))) is there
