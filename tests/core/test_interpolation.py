"""The way from one latent to another."""

import numpy as np
import pytest
from pydantic import ValidationError

from studio.core.interpolation import InterpolationPath, great_circle, has_way
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
        ([noise_input((4,)), noise_input((2,), "other", "uniform")], False),
        ([steps_input(3)], False),
    ],
)
def test_only_between_normal_noise_lies_anything(inputs, there):
    assert has_way(Manifest(inputs=tuple(inputs))) is there
