"""Arrays of images: kinds that do not mix, and items brought to one size."""

import numpy as np
import pytest

from studio.core.errors import DataError


def test_mixed_kinds_of_numbers_or_labels_are_refused(add, save, images):
    with pytest.raises(DataError, match="different kinds of numbers"):
        add(save(x_train=images(4), x_test=np.zeros((2, 5, 7), np.float32)))
    with pytest.raises(DataError, match="words"):
        add(save(x_train=images(2), y_train=np.array([1, 2]), x_test=images(2), y_test=np.array(["a", "b"])))
    with pytest.raises(DataError, match="no array of images"):
        add(save(weights=images(), bias=images()))


def test_arrays_are_fitted_like_images(add, save, images):
    dataset = add(save(x=np.full((3, 10, 20), 90, np.uint8)), size=(6, 5), channels="rgb")
    assert dataset.spec.shape == (6, 5, 3)
    assert (dataset.items == 90).all()
    assert add(save(x=images(3, 128, 64))).spec.shape == (64, 32, 1)
    mixed = add(save(x_train=images(3, 8, 8), x_test=images(2, 9, 9, 3)))
    assert mixed.spec.shape == (32, 32, 3)
