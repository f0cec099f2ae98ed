import json

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.data.dataset import open_dataset


@pytest.fixture
def dataset(tmp_path, add):
    array = np.random.default_rng(0).integers(0, 256, (50, 6, 4, 3), dtype=np.uint8)
    np.savez(tmp_path / "set.npz", x=array, y=np.arange(50) % 5)
    return add(tmp_path / "set.npz")


def test_batch_gives_rows_in_ascending_order(dataset):
    items, labels = dataset.batch([7, 3, 3, 49])
    order = [3, 3, 7, 49]
    assert items.dtype == np.uint8
    assert labels.dtype == np.int64
    assert (items == dataset.items[order]).all()
    assert labels.tolist() == [3, 3, 2, 4]
    assert not isinstance(items, np.memmap)
    assert dataset.batch(np.array([], np.int64))[0].shape == (0, 6, 4, 3)


@pytest.mark.parametrize("index", [-1, 50])
def test_batch_out_of_bounds(dataset, index):
    with pytest.raises(IndexError):
        dataset.batch([0, index])


def test_splits_cover_every_item_once(dataset):
    parts = [dataset.indices(split) for split in ("train", "validation", "test")]
    assert [len(part) for part in parts] == [40, 5, 5]
    assert sorted(np.concatenate(parts).tolist()) == list(range(50))
    assert all((np.diff(part) > 0).all() and part.dtype == np.int64 for part in parts)


def test_items_are_mapped_and_read_only(dataset):
    assert isinstance(dataset.items, np.memmap)
    assert len(dataset) == dataset.document.count == 50
    with pytest.raises(ValueError, match="read-only"):
        dataset.items[0] = 0


@pytest.mark.parametrize("name", ["spec.json", "items.npy", "labels.npy", "splits.npy"])
def test_missing_cut_or_wrong_files_are_refused(dataset, name):
    path = dataset.folder / name
    data = path.read_bytes()
    for content in (None, b"", data[:20], data[:-1], b"\x93NUMPY garbage" * 20):
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
        with pytest.raises(DataError) as caught:
            open_dataset(dataset.folder)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)
        path.write_bytes(data)
    assert len(open_dataset(dataset.folder)) == 50


def test_files_that_do_not_fit_are_refused(dataset):
    labels = dataset.folder / "labels.npy"
    data = labels.read_bytes()
    for array in (np.zeros(49, np.int64), np.zeros(50, np.int32), np.full(50, 5), np.full(50, -2)):
        np.save(labels, array)
        with pytest.raises(DataError, match=r"labels.npy|out of bounds"):
            open_dataset(dataset.folder)
    labels.write_bytes(data)
    spec = dataset.folder / "spec.json"
    document = json.loads(spec.read_text())
    document["count"] = 51
    spec.write_text(json.dumps(document))
    with pytest.raises(DataError, match=r"items.npy"):
        open_dataset(dataset.folder)


def test_items_load_with_plain_numpy(dataset):
    items = np.load(dataset.folder / "items.npy", mmap_mode="r")
    assert items.shape == (50, 6, 4, 3)
    assert (items == dataset.items).all()
