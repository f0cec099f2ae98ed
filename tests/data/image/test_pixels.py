"""What the numbers of an array of images mean, by type and range, and the pixels they become."""

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.data.array import ArrayPart
from studio.data.image.fit import Plan
from studio.data.image.pixels import channels_of, convert, layout_of, size_of


def test_alpha_of_arrays_shows_the_background(tmp_path, add):
    array = np.zeros((3, 2, 2, 4), np.uint8)
    array[..., 0], array[..., 3] = 255, 128
    np.save(tmp_path / "a.npy", array)
    assert add(tmp_path / "a.npy").items[0, 0, 0].tolist() == [255, 127, 127]
    assert add(tmp_path / "a.npy", background="black").items[0, 0, 0].tolist() == [128, 0, 0]


def values(dtype, numbers):
    return np.array(numbers, dtype).reshape(1, 1, -1).repeat(3, axis=0)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (values(bool, [0, 1]), [0, 255]),
        (values(np.uint16, [0, 128, 129, 32768, 65535]), [0, 0, 1, 128, 255]),
        (values(">u2", [257, 514]), [1, 2]),
        (values(np.float32, [0, 0.5, 1]), [0, 128, 255]),
        (values(np.float64, [-1, 0, 1]), [0, 128, 255]),
        (values(np.float16, [0, 2, 255]), [0, 2, 255]),
        (values(np.int64, [0, 7, 255]), [0, 7, 255]),
        (values(np.int32, [0, 1]), [0, 1]),
    ],
)
def test_numbers_become_bytes(tmp_path, add, array, expected):
    np.save(tmp_path / "a.npy", array)
    assert add(tmp_path / "a.npy").items[1, 0, :, 0].tolist() == expected


@pytest.mark.parametrize(
    ("array", "match"),
    [
        (values(np.float32, [0, np.nan]), "NaN"),
        (values(np.float32, [0, np.inf]), "infinite"),
        (values(np.float32, [0, 256]), "from 0 to 256"),
        (values(np.int16, [-3, 5]), "from -3 to 5"),
        (values(np.complex64, [0, 1]), "complex64"),
        (values("U3", ["a"]), "not pixels"),
        (np.array([[["a", 1]]], object), "Python objects"),
        (np.zeros(4, np.uint8), "neither one of images"),
        (np.zeros((4, 5, 6, 7), np.uint8), "not one of images"),
        (np.zeros((0, 4, 4), np.uint8), "hold no image"),
        (np.zeros((4, 0, 4), np.uint8), "0 pixels"),
    ],
)
def test_arrays_that_are_no_images_are_refused(tmp_path, add, leftovers, array, match):
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    with pytest.raises(DataError, match=match):
        add(tmp_path / "a.npy")
    assert leftovers() == []


@pytest.mark.parametrize(
    ("shape", "layout", "size", "channels"),
    [
        ((9, 5, 7), "HW", (5, 7), 1),
        ((9, 5, 7, 3), "HWC", (5, 7), 3),
        ((9, 3, 5, 7), "CHW", (5, 7), 3),
        ((9, 1, 5, 7), "CHW", (5, 7), 1),
        ((9, 3, 5, 4), "HWC", (3, 5), 4),
    ],
)
def test_the_order_of_axes(shape, layout, size, channels):
    part = ArrayPart("a", shape, np.dtype(np.uint8), lambda: None, None, 0)
    assert (layout_of(part), size_of(part), channels_of(part)) == (layout, size, channels)


def test_grey_becomes_colour_and_other_sizes_are_fitted():
    block = np.full((2, 4, 4), 90, np.uint8)
    assert (convert(block, "HW", "bytes", Plan(4, 4, 3, "crop", 255)) == 90).all()
    assert convert(block, "HW", "bytes", Plan(4, 4, 3, "crop", 255)).shape == (2, 4, 4, 3)
    fitted = convert(block, "HW", "bytes", Plan(2, 2, 1, "crop", 255))
    assert (fitted.shape, fitted.min(), fitted.max()) == ((2, 2, 2, 1), 90, 90)
