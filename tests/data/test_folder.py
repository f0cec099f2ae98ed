import hashlib
import os
import socket

import numpy as np
import pytest


def tree_hash(folder):
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(str(path).encode() + (path.read_bytes() if path.is_file() else b""))
        digest.update(str(path.stat().st_mtime_ns).encode())
    return digest.hexdigest()


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


@pytest.mark.fault("A26")
def test_few_items_all_train(tmp_path, add, fill):
    fill(tmp_path / "s", 2)
    assert add(tmp_path / "s").document.splits == {"train": 2, "validation": 0, "test": 0}
    fill(tmp_path / "s", 3)
    assert add(tmp_path / "s").document.splits == {"train": 1, "validation": 1, "test": 1}
