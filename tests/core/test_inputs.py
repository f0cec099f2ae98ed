"""The one rule by which the inputs of a file are filled."""

import numpy as np
import pytest

from studio.core.inputs import fill_inputs, seeded_noise
from studio.core.manifest import (
    given_input,
    item_noise_input,
    items_input,
    label_input,
    latent_input,
    noise_input,
    scalar_input,
    steps_input,
)
from studio.core.modality import ImageSpec, TableSpec
from studio.core.noise import noise


def test_noise_inputs_alone_count_lanes():
    inputs = [
        items_input(ImageSpec(shape=(2, 2, 1))),
        item_noise_input((2, 2, 1)),
        label_input(3),
        noise_input((4,)),
        scalar_input("temperature", 1.0),
        noise_input((2,), "noise.last", "uniform"),
    ]
    items = np.zeros((2, 2, 2, 1), np.uint8)
    filled = fill_inputs(inputs, 2, seeded_noise(9, [3, 1]), values={"items": items})
    assert list(filled) == ["items", "noise.data", "label", "noise", "temperature", "noise.last"]
    assert filled["items"] is items
    np.testing.assert_array_equal(filled["noise.data"], noise(9, [3, 1], (2, 2, 1), "uniform", 0))
    np.testing.assert_array_equal(filled["noise"], noise(9, [3, 1], (4,), "normal", 1))
    np.testing.assert_array_equal(filled["noise.last"], noise(9, [3, 1], (2,), "uniform", 2))


def test_what_nobody_gives_is_at_its_default():
    inputs = [label_input(3), steps_input(18), scalar_input("s", 0.5), given_input(ImageSpec(shape=(2, 3, 1)))]
    filled = fill_inputs(inputs, 4, seeded_noise(0, range(4)))
    assert filled["label"].tolist() == [-1] * 4
    assert (filled["steps"].dtype, filled["steps"].item()) == (np.int64, 18)
    assert (filled["s"].dtype, filled["s"].item()) == (np.float32, 0.5)
    assert (filled["given"].dtype, filled["given"].shape) == (np.int64, (4, 2, 3, 1))
    assert (filled["given"] == -1).all()


def test_what_is_given_is_taken():
    inputs = [label_input(3), steps_input(18), given_input(ImageSpec(shape=(2, 3, 1)))]
    known = np.array([[1, -1, 2], [-1, 5, -1]])[..., None]
    filled = fill_inputs(inputs, 2, seeded_noise(0, range(2)), labels=[2, 0], scalars={"steps": 3}, given=known)
    assert filled["label"].tolist() == [2, 0]
    assert filled["steps"].item() == 3
    np.testing.assert_array_equal(filled["given"], np.stack([known, known]))


def test_a_value_that_is_missing():
    with pytest.raises(ValueError, match=r"^input latent has to be given by the caller$"):
        fill_inputs([latent_input((2,))], 1, seeded_noise(0, [0]))


def test_real_numbers_are_free_where_they_are_nan():
    entry = given_input(TableSpec(shape=(2,), columns=("x", "y")))
    filled = fill_inputs([entry], 2, seeded_noise(0, range(2)))["given"]
    assert filled.dtype == np.float32
    assert np.isnan(filled).all()
    filled = fill_inputs([entry], 2, seeded_noise(0, range(2)), given=np.array([1.5, np.nan], np.float32))["given"]
    np.testing.assert_array_equal(filled, np.array([[1.5, np.nan]] * 2, np.float32))
