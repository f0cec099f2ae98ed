"""Array files: which array of an .npz is which, every layout, and files that are damaged."""

import zipfile

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.data.array_file import open_arrays


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
def test_npz_keys(add, save, keys, splits, images):
    arrays = {key: (np.arange(10) % 3)[:, None] if number % 2 else images() for number, key in enumerate(keys)}
    dataset = add(save(**arrays))
    assert dataset.document.splits == splits
    assert dataset.spec.classes == (() if len(keys) == 1 else ("0", "1", "2"))
    assert (dataset.items[:10, ..., 0] == arrays[keys[0]]).all()


@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_in_any_layout(tmp_path, add, order, images):
    array = images(6, 5, 7, 3)
    np.save(tmp_path / "a.npy", np.asarray(array, order=order))
    assert (add(tmp_path / "a.npy").items == array).all()
    np.save(tmp_path / "b.npy", np.asarray(array.transpose(0, 3, 1, 2), order=order))
    assert (add(tmp_path / "b.npy").items == array).all()


@pytest.mark.parametrize("part", [0.05, 0.5, 0.95])
def test_cut_array_files_are_refused(tmp_path, add, save, leftovers, part, images):
    np.save(tmp_path / "a.npy", images())
    for path in (tmp_path / "a.npy", save(x=images())):
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * part)])
        with pytest.raises(DataError, match=r"damaged|cut short|promises"):
            add(path)
    assert leftovers() == []


def test_npz_bomb_stops(add, save, leftovers, monkeypatch):
    monkeypatch.setattr("studio.data.array_file.ARRAY_GRACE", 2**20)
    with pytest.raises(DataError, match="unpacks to at least"):
        add(save(x=np.zeros((4000, 28, 28), np.uint8)))
    assert leftovers() == []


def test_arrays_by_columns_are_read_by_rows(tmp_path):
    rows = np.arange(12, dtype=np.float32).reshape(4, 3)
    np.save(tmp_path / "a.npy", np.asfortranarray(rows))
    (part,) = open_arrays(tmp_path / "a.npy")
    (block,) = part.blocks()
    np.testing.assert_array_equal(block, rows)
    assert (part.noun, part.title, part.labels) == ("row", "a.npy", None)


def test_a_version_that_nobody_knows(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((2, 2)))
    data = bytearray((tmp_path / "a.npy").read_bytes())
    data[6] = 9
    (tmp_path / "a.npy").write_bytes(data)
    with pytest.raises(DataError, match=r"unknown version \(9, 0\)"):
        open_arrays(tmp_path / "a.npy")


def test_an_archive_without_arrays(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w"):
        pass
    with pytest.raises(DataError, match=r"^a\.npz holds nothing, but no array of images; name it one of x_train, "):
        open_arrays(tmp_path / "a.npz")


def test_labels_that_claim_more_than_there_are(save):
    path = save(x=np.zeros((1, 2, 2), np.uint8), y=np.zeros((20_000, 1001), np.int8))
    with pytest.raises(DataError, match=r"claims 20,020,000 labels; there is one for each image\."):
        open_arrays(path)
