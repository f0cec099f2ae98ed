import os

import numpy as np
import pytest

from studio.core.errors import DataError

RNG = np.random.default_rng(0)


def images(count=10, height=5, width=7, channels=None, high=256):
    shape = (count, height, width) if channels is None else (count, height, width, channels)
    return RNG.integers(0, high, shape).astype(np.uint8)


@pytest.fixture
def save(tmp_path):
    def write(**arrays):
        np.savez_compressed(tmp_path / "set.npz", **arrays)
        return tmp_path / "set.npz"

    return write


@pytest.mark.parametrize(
    ("keys", "splits"),
    [
        (("x_train", "y_train", "x_test", "y_test"), {"train": 9, "validation": 1, "test": 10}),
        (("train_images", "train_labels", "val_images", "val_labels"), {"train": 9, "validation": 10, "test": 1}),
        (("images", "labels"), {"train": 8, "validation": 1, "test": 1}),
        (("x", "y"), {"train": 8, "validation": 1, "test": 1}),
        (("anything",), {"train": 8, "validation": 1, "test": 1}),
    ],
)
def test_npz_keys(add, save, keys, splits):
    arrays = {key: (np.arange(10) % 3)[:, None] if number % 2 else images() for number, key in enumerate(keys)}
    dataset = add(save(**arrays))
    assert dataset.document.splits == splits
    assert dataset.spec.classes == (() if len(keys) == 1 else ("0", "1", "2"))
    assert (dataset.items[:10, ..., 0] == arrays[keys[0]]).all()


@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_in_any_layout(tmp_path, add, order):
    array = images(6, 5, 7, 3)
    np.save(tmp_path / "a.npy", np.asarray(array, order=order))
    assert (add(tmp_path / "a.npy").items == array).all()
    np.save(tmp_path / "b.npy", np.asarray(array.transpose(0, 3, 1, 2), order=order))
    assert (add(tmp_path / "b.npy").items == array).all()


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


def test_words_are_classes(add, save):
    dataset = add(save(x=images(4), y=np.array(["dog", "cat", "", "dog"])))
    assert dataset.spec.classes == ("cat", "dog")
    assert dataset.labels.tolist() == [1, 0, -1, 1]
    dataset = add(save(x=images(4), y=np.array([b"b", b"a\xff", b"b", b"b"])))
    assert dataset.spec.classes == ("a\\xff", "b")
    dataset = add(save(x=images(4), y=np.array([-1, 7, 30, 7], np.int8)))
    assert (dataset.spec.classes, dataset.labels.tolist()) == (("7", "30"), [-1, 0, 1, 0])


def test_classes_are_shared_between_splits(add, save):
    dataset = add(save(x_train=images(4), y_train=np.array([5, 5, 7, 7]), x_test=images(2), y_test=np.array([6, 7])))
    assert dataset.spec.classes == ("5", "6", "7")
    assert dataset.labels.tolist() == [0, 0, 2, 2, 1, 2]


@pytest.mark.parametrize("labels", [np.zeros(4), np.zeros((4, 2), int), np.zeros(3, int)])
def test_wrong_labels_are_refused(add, save, labels):
    with pytest.raises(DataError, match="labels"):
        add(save(x=images(4), y=labels))


def test_mixed_kinds_of_numbers_or_labels_are_refused(add, save):
    with pytest.raises(DataError, match="different kinds of numbers"):
        add(save(x_train=images(4), x_test=np.zeros((2, 5, 7), np.float32)))
    with pytest.raises(DataError, match="words"):
        add(save(x_train=images(2), y_train=np.array([1, 2]), x_test=images(2), y_test=np.array(["a", "b"])))
    with pytest.raises(DataError, match="no array of images"):
        add(save(weights=images(), bias=images()))


def test_arrays_are_fitted_like_images(add, save):
    dataset = add(save(x=np.full((3, 10, 20), 90, np.uint8)), size=(6, 5), channels="rgb")
    assert dataset.spec.shape == (6, 5, 3)
    assert (dataset.items == 90).all()
    assert add(save(x=images(3, 128, 64))).spec.shape == (64, 32, 1)
    mixed = add(save(x_train=images(3, 8, 8), x_test=images(2, 9, 9, 3)))
    assert mixed.spec.shape == (32, 32, 3)


@pytest.mark.parametrize("part", [0.05, 0.5, 0.95])
def test_cut_array_files_are_refused(tmp_path, add, save, leftovers, part):
    np.save(tmp_path / "a.npy", images())
    for path in (tmp_path / "a.npy", save(x=images())):
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * part)])
        with pytest.raises(DataError, match=r"damaged|cut short|promises"):
            add(path)
    assert leftovers() == []


def test_npz_bomb_stops(add, save, leftovers):
    with pytest.raises(DataError, match="unpacks to at least"):
        add(save(x=np.zeros((400_000, 28, 28), np.uint8)))
    assert leftovers() == []


def test_example_digits(add, monkeypatch, tmp_path):
    file = tmp_path / "digits.npz"
    np.savez(file, train_images=images(8), train_labels=np.arange(8), test_images=images(2), test_labels=np.arange(2))
    monkeypatch.setattr("studio.data.source.resource", lambda name: tmp_path / name)
    dataset = add("example:digits")
    assert dataset.document.name == "digits"
    assert dataset.document.licence == "MNIST, LeCun, Cortes and Burges, CC BY-SA 3.0"
    assert dataset.document.splits["test"] == 2
    with pytest.raises(DataError, match="of its own"):
        add("example:digits", file)


def test_missing_example_is_said(add, monkeypatch):
    def missing(name):
        raise FileNotFoundError(2, "no", os.fspath(name))

    monkeypatch.setattr("studio.data.source.resource", missing)
    with pytest.raises(DataError, match="install the studio again"):
        add("example:digits")
