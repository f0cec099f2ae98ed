import gzip
import struct
from types import SimpleNamespace

import numpy as np
import pytest

from studio.core.errors import DataError

RNG = np.random.default_rng(0)


def images(count=10, height=5, width=7, channels=None, high=256):
    shape = (count, height, width) if channels is None else (count, height, width, channels)
    return RNG.integers(0, high, shape).astype(np.uint8)


def idx(array):
    return b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def test_idx_folder_pairs_by_name(tmp_path, add):
    folder = tmp_path / "digits"
    folder.mkdir()
    train, test = images(20), images(6)
    labels, test_labels = np.arange(20, dtype=np.uint8) % 10, np.arange(6, dtype=np.uint8)
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(train)))
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(labels))
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(labels)))
    (folder / "t10k-images.idx3-ubyte").write_bytes(idx(test))
    (folder / "t10k-labels.idx1-ubyte").write_bytes(idx(test_labels))
    (folder / "README").write_text("read me")
    dataset = add(folder)
    assert dataset.document.name == "digits"
    assert dataset.spec.shape == (5, 7, 1)
    assert dataset.spec.classes == tuple("0123456789")
    assert (dataset.items[..., 0] == np.concatenate([train, test])).all()
    assert dataset.labels.tolist() == [*labels, *test_labels]
    assert dataset.document.splits == {"train": 18, "validation": 2, "test": 6}
    assert dataset.indices("test").tolist() == list(range(20, 26))
    assert dataset.rejects == {"README": "not an IDX file"}


def test_given_idx_files_pair_up(tmp_path, add):
    array = images(4, channels=3)
    (tmp_path / "pictures.bin").write_bytes(idx(array))
    (tmp_path / "answers.bin").write_bytes(idx(np.array([3, 5, 5, 9], np.uint8)))
    dataset = add(tmp_path / "pictures.bin", tmp_path / "answers.bin")
    assert dataset.spec.classes == ("3", "5", "9")
    assert dataset.labels.tolist() == [0, 1, 1, 2]
    assert (dataset.items == array).all()
    alone = add(tmp_path / "pictures.bin")
    assert alone.spec.classes == ()
    with pytest.raises(DataError, match="labels without images"):
        add(tmp_path / "answers.bin")


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("change", [-1, 1])
def test_idx_of_a_wrong_length_is_refused(tmp_path, add, leftovers, packed, change):
    data = idx(images())
    data = data[:-1] if change < 0 else data + b"x"
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(gzip.compress(data) if packed else data)
    with pytest.raises(DataError, match=r"cut short|goes on|promises"):
        add(path)
    assert leftovers() == []


def test_idx_with_wrong_magic_or_header_is_refused(tmp_path, add):
    path = tmp_path / "train-images-idx3-ubyte"
    for data, match in (
        (b"\0\0\x0d\3" + bytes(40), "00000d03"),
        (b"", "nothing"),
        (b"\0\0\x08\3\0\0", "within its header"),
    ):
        path.write_bytes(data)
        with pytest.raises(DataError, match=match):
            add(path)
    gz = path.with_suffix(".gz")
    gz.write_bytes(gzip.compress(idx(images()))[:-9])
    with pytest.raises(DataError, match="cut short"):
        add(gz)


def test_idx_bomb_stops(tmp_path, add, leftovers, monkeypatch):
    monkeypatch.setattr("studio.data.image.idx.ARRAY_GRACE", 2**22)
    data = b"\0\0\x08\3" + struct.pack(">3I", 8000, 28, 28) + bytes(8000 * 784)
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(data))
    with pytest.raises(DataError, match=r"unpacks to at least 4\.\d+ MB"):
        add(path)
    path.write_bytes(gzip.compress(b"\0\0\x08\3" + struct.pack(">3I", 2**31, 28, 28)))
    with pytest.raises(DataError, match=r"claims 2,147,483,648 images"):
        add(path)
    path.write_bytes(gzip.compress(b"\0\0\x08\3" + struct.pack(">3I", 20_000_000, 28, 28)))
    monkeypatch.setattr("studio.data.writer.shutil", SimpleNamespace(disk_usage=lambda _: SimpleNamespace(free=2**30)))
    with pytest.raises(DataError, match=r"needs 15.9 GB but the disk of .* has 1.07 GB"):
        add(path)
    assert leftovers() == []


def test_labels_and_images_must_match(tmp_path, add):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(images(4)))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(np.zeros(5, np.uint8)))
    with pytest.raises(DataError, match=r"4 images but its labels have the shape \[5\]"):
        add(*tmp_path.glob("train*"))


def test_kinds_do_not_mix(tmp_path, add, png, noise_image):
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "train-images-idx3-ubyte").write_bytes(idx(images()))
    np.save(tmp_path / "a.npy", images())
    with pytest.raises(DataError, match="cannot be one data set"):
        add(folder, tmp_path / "a.npy")
    (folder / "a.png").write_bytes(png(noise_image(4, 4)))
    with pytest.raises(DataError, match="cannot be one data set"):
        add(folder)


def test_mnist_is_imported(shared_data, add):
    if not (shared_data / "mnist").is_dir():
        pytest.skip("no mnist in the shared data")
    dataset = add(shared_data / "mnist")
    assert dataset.document.name == "mnist"
    assert dataset.spec.shape == (28, 28, 1)
    assert dataset.spec.classes == tuple("0123456789")
    assert dataset.document.splits == {"train": 55_000, "validation": 5_000, "test": 10_000}
    assert dataset.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert dataset.labels[60_000:60_005].tolist() == [7, 2, 1, 0, 4]
    assert sum(dataset.document.class_counts) == 70_000
