import hashlib
import os
import socket

import numpy as np
import pytest

from studio.core.errors import DataError


def tree_hash(folder):
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(str(path).encode() + (path.read_bytes() if path.is_file() else b""))
        digest.update(str(path.stat().st_mtime_ns).encode())
    return digest.hexdigest()


@pytest.fixture
def fill(png, noise_image):
    """Write small images into a folder."""

    def write(folder, count, height=8, width=8, channels=1, start=0):
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(start, start + count):
            (folder / f"{number:03}.png").write_bytes(png(noise_image(height, width, channels, number)))

    return write


def test_class_folders_become_classes(tmp_path, add, fill, noise_image):
    source = tmp_path / "pets"
    fill(source / "dogs", 12)
    fill(source / "cats" / "young", 8, start=20)
    fill(source, 1, start=40)
    before = tree_hash(source)
    dataset = add(source)
    assert dataset.document.name == "pets"
    assert dataset.spec.classes == ("cats", "dogs")
    assert dataset.spec.shape == (8, 8, 1)
    assert dataset.document.class_counts == (8, 12)
    assert dataset.labels.tolist() == [-1] + [0] * 8 + [1] * 12
    assert (dataset.items[0, ..., 0] == noise_image(8, 8, 1, 40)).all()
    assert (dataset.items[20, ..., 0] == noise_image(8, 8, 1, 11)).all()
    assert dataset.document.splits == {"train": 17, "validation": 2, "test": 2}
    assert dataset.document.rejected == 0
    digest = hashlib.sha256(dataset.items.tobytes() + dataset.labels.tobytes())
    digest.update(np.load(dataset.folder / "splits.npy").tobytes())
    assert dataset.document.fingerprint == digest.hexdigest()
    assert tree_hash(source) == before


def test_split_folders_are_kept(tmp_path, add, fill):
    fill(tmp_path / "s" / "Train" / "a", 10)
    fill(tmp_path / "s" / "valid" / "b", 2)
    fill(tmp_path / "s" / "test", 3)
    dataset = add(tmp_path / "s")
    assert dataset.document.splits == {"train": 10, "validation": 2, "test": 3}
    assert dataset.labels[dataset.indices("validation")].tolist() == [1, 1]
    assert dataset.labels[dataset.indices("test")].tolist() == [-1, -1, -1]


def test_images_only_have_no_classes(tmp_path, add, fill):
    fill(tmp_path / "s", 4)
    dataset = add(tmp_path / "s", name="mine")
    assert dataset.spec.classes == ()
    assert set(dataset.labels.tolist()) == {-1}
    assert dataset.document.name == "mine"


def test_several_files_are_one_data_set(tmp_path, add, fill):
    fill(tmp_path / "s", 3)
    dataset = add(*sorted((tmp_path / "s").iterdir())[:2])
    assert (len(dataset), dataset.spec.classes, dataset.document.name) == (2, (), "s")
    assert len(add(tmp_path / "s" / "000.png")) == 1


def test_several_folders_are_classes(tmp_path, add, fill):
    fill(tmp_path / "cats", 2)
    fill(tmp_path / "dogs", 3)
    dataset = add(tmp_path / "cats", tmp_path / "dogs")
    assert dataset.spec.classes == ("cats", "dogs")
    assert dataset.document.class_counts == (2, 3)


@pytest.mark.parametrize(
    ("sizes", "shape"),
    [
        ([(9, 17), (9, 17)], (9, 17, 1)),
        ([(64, 64)], (64, 64, 1)),
        ([(128, 256)], (32, 64, 1)),
        ([(3, 300)], (1, 64, 1)),
        ([(20, 20), (21, 20)], (32, 32, 1)),
    ],
)
def test_size_is_native_where_it_is_small(tmp_path, add, png, noise_image, sizes, shape):
    for number, (height, width) in enumerate(sizes):
        (tmp_path / f"{number}.png").write_bytes(png(noise_image(height, width)))
    assert add(*sorted(tmp_path.glob("*.png"))).spec.shape == shape


def test_given_size_and_channels_win(tmp_path, add, fill):
    fill(tmp_path / "s", 3)
    assert add(tmp_path / "s", size=(5, 11), channels="rgb").spec.shape == (5, 11, 3)
    fill(tmp_path / "t", 3, channels=3)
    assert add(tmp_path / "t").spec.shape == (8, 8, 3)
    assert add(tmp_path / "t", channels="grey").spec.shape == (8, 8, 1)


@pytest.mark.fault("A8")
def test_one_colour_image_makes_the_set_colour(tmp_path, add, fill, noise_image):
    fill(tmp_path / "s", 2)
    fill(tmp_path / "s", 1, channels=3, start=7)
    dataset = add(tmp_path / "s")
    assert dataset.spec.shape == (8, 8, 3)
    assert (dataset.items[0] == noise_image(8, 8)[..., None]).all()


def test_refused_files_do_not_decide_the_shape(tmp_path, add, fill, png, noise_image):
    fill(tmp_path / "s", 5)
    cut = png(noise_image(50, 50, 3))
    (tmp_path / "s" / "a.png").write_bytes(cut[: len(cut) // 2])
    dataset = add(tmp_path / "s")
    assert dataset.spec.shape == (8, 8, 1)
    assert "cut short" in dataset.rejects["a.png"]
    assert len(dataset) == 5


@pytest.mark.fault("A1", "A10")
def test_everything_refused_is_listed(tmp_path, add, fill):
    source = tmp_path / "s"
    fill(source, 3)
    (source / "notes.txt").write_text("hello")
    (source / "zero.png").write_bytes(b"")
    (source / "=cmd.png").write_bytes(b"<html>")
    (source / ".hidden").write_text("x")
    (source / "Thumbs.db").write_text("x")
    os.mkfifo(source / "pipe.png")
    (source / "link.png").symlink_to(source / "000.png")
    (source / "loop").symlink_to(source)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(source / "socket.png"))
        dataset = add(source)
    assert len(dataset) == 3
    assert dataset.document.rejected == 7
    assert set(dataset.rejects) == {"notes.txt", "zero.png", "'=cmd.png", "pipe.png", "link.png", "loop", "socket.png"}
    assert dataset.rejects["notes.txt"] == "not an image"
    assert dataset.rejects["pipe.png"] == "not a regular file"
    assert "link" in dataset.rejects["loop"]


@pytest.mark.fault("A11")
def test_any_name_can_be_imported(tmp_path, add, png, noise_image):
    folder = os.fsencode(tmp_path) + b"/s/cl\xffass"
    os.makedirs(folder)
    data = png(noise_image(4, 4))
    names = [b"bad\xff.png", b"-x.png", b"new\nline.png", "\U0001f600.png".encode(), b"n" * 251 + b".png", b"\xfe.txt"]
    for name in names:
        with open(folder + b"/" + name, "wb") as file:
            file.write(data if name.endswith(b"png") else b"no")
    dataset = add(tmp_path / "s")
    assert len(dataset) == 5
    assert dataset.spec.classes == ("cl\\udcffass",)
    assert list(dataset.rejects) == ["cl\\udcffass/\\udcfe.txt"]
    assert len(add(os.fsdecode(folder + b"/bad\xff.png"))) == 1


def test_deep_folders_are_walked(tmp_path, add, png, noise_image):
    folder = tmp_path / "s" / "deep"
    deep = folder.joinpath(*["d"] * 500)
    deep.mkdir(parents=True)
    (deep / "a.png").write_bytes(png(noise_image(4, 4)))
    assert add(tmp_path / "s").spec.classes == ("deep",)


def test_nothing_readable_is_refused_with_reasons(tmp_path, add, leftovers):
    source = tmp_path / "s"
    source.mkdir()
    with pytest.raises(DataError, match="holds no files"):
        add(source)
    for number in range(5):
        (source / f"{number}.txt").write_text("x")
    with pytest.raises(DataError, match=r"None of the 5 files in s is a readable image \(0.txt: not an image; 1.txt"):
        add(source)
    assert leftovers() == []


def test_wrong_paths_are_refused(tmp_path, add, workspace, fill):
    fill(tmp_path / "s", 1)
    with pytest.raises(DataError, match="does not exist"):
        add(tmp_path / "missing")
    with pytest.raises(DataError, match="workspace itself"):
        add(workspace)
    with pytest.raises(DataError, match="contains the workspace"):
        add(tmp_path)
    with pytest.raises(DataError, match="contains the workspace"):
        add("/")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="not a regular file or folder"):
        add(tmp_path / "pipe")


@pytest.mark.fault("A26")
def test_few_items_all_train(tmp_path, add, fill):
    fill(tmp_path / "s", 2)
    assert add(tmp_path / "s").document.splits == {"train": 2, "validation": 0, "test": 0}
    fill(tmp_path / "s", 3)
    assert add(tmp_path / "s").document.splits == {"train": 1, "validation": 1, "test": 1}
