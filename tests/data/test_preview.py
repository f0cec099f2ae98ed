"""A dry look: it tells the truth about what an import would make, and leaves nothing behind."""

import json
import os
import signal
import zipfile

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.core.modality import read_spec
from studio.data.preview import run_preview
from studio.data.request import ImportRequest


@pytest.fixture
def look(workspace, tmp_path):
    """Look at paths in this process: the last event and the items shown."""

    def run(*paths, **options):
        request = ImportRequest(workspace=workspace, paths=tuple(os.fspath(path) for path in paths), **options)
        file = tmp_path / "preview.npy"
        done = run_preview(request, file, lambda event: None)
        json.dumps(done, allow_nan=False)
        return done, np.load(file)

    return run


@pytest.fixture
def pets(tmp_path, png, noise_image):
    for number in range(60):
        folder = tmp_path / "pets" / ("cats", "dogs", "dogs")[number % 3]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:02}.png").write_bytes(png(noise_image(20, 30, 3, number)))
    (tmp_path / "pets" / "cats" / "page.png").write_bytes(b"<html>")
    return tmp_path / "pets"


@pytest.mark.parametrize(
    "options",
    [{}, {"size": (16, 16), "fit": "pad", "background": "black"}, {"channels": "grey", "fit": "stretch", "seed": 7}],
)
def test_it_tells_what_the_import_then_makes(pets, look, add, leftovers, options):
    done, items = look(pets, **options)
    assert leftovers() == []
    dataset = add(pets, **options)
    document = dataset.document
    assert done["items"] == document.count == 60
    assert done["rejected"] == document.rejected == 1
    assert done["refused"] == [["cats/page.png", dataset.rejects["cats/page.png"]]]
    assert done["name"] == document.name
    assert tuple(done["classes"]) == document.spec.classes == ("cats", "dogs")
    assert tuple(done["class_counts"]) == document.class_counts == (20, 40)
    assert done["splits"] == document.splits
    assert done["facts"] == [["Images", "30 x 20"], ["Become", document.spec.size]]
    on_disk = sum((dataset.folder / name).stat().st_size for name in ("items.npy", "labels.npy", "splits.npy"))
    assert on_disk - 3 * 128 == done["bytes"]
    assert items.shape == (24, *document.spec.shape)
    assert read_spec(done["spec"]) == document.spec
    numbers = np.linspace(0, 59, 24).round().astype(int)
    assert np.array_equal(items, dataset.items[numbers])
    assert done["preview_labels"] == dataset.labels[numbers].tolist()


def test_an_archive_and_a_folder_look_the_same(pets, tmp_path, look):
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as archive:
        for path in sorted(pets.rglob("*.png")):
            archive.write(path, f"pets/{path.relative_to(pets)}")
    (folder, shown), (packed, packed_shown) = look(pets), look(tmp_path / "pets.zip")
    assert np.array_equal(shown, packed_shown)
    same = ("items", "rejected", "classes", "class_counts", "spec", "splits")
    assert {key: folder[key] for key in same} == {key: packed[key] for key in same}


def test_damaged_pixels_among_the_few_are_refused(pets, look):
    path = pets / "cats" / "00.png"
    path.write_bytes(path.read_bytes()[:-100])
    done, items = look(pets)
    assert (done["items"], done["rejected"], len(items)) == (59, 2, 23)
    assert done["preview_labels"].count(0) == 7
    assert {name for name, _ in done["refused"]} == {"cats/00.png", "cats/page.png"}


def test_when_all_of_the_few_are_damaged_others_are_shown(pets, look):
    for number, path in enumerate(sorted(pets.rglob("[0-9]*.png"))):
        if number in np.linspace(0, 59, 24).round().astype(int):
            path.write_bytes(path.read_bytes()[:-100])
    done, items = look(pets)
    assert (done["items"], len(items)) == (36, 24)


def test_only_what_can_be_read_decides_colour_and_size(tmp_path, png, noise_image, look):
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(png(noise_image(8, 8, 1, number)))
    (tmp_path / "9.png").write_bytes(png(noise_image(9, 9, 3))[:-40])
    done, items = look(*sorted(tmp_path.glob("*.png")))
    assert done["spec"]["shape"] == [8, 8, 1]
    assert items.shape == (3, 8, 8, 1)


def test_arrays_and_examples(tmp_path, noise_image, look, add, leftovers):
    images = np.stack([noise_image(12, 10, 3, seed) for seed in range(50)])
    np.savez(tmp_path / "a.npz", x_train=images[:40], y_train=np.arange(40) % 4, x_test=images[40:])
    done, items = look(tmp_path / "a.npz")
    assert (done["items"], done["splits"]["test"], done["classes"]) == (50, 10, ["0", "1", "2", "3"])
    assert np.array_equal(items, images[np.linspace(0, 49, 24).round().astype(int)])
    assert done["preview_labels"][-1] == -1
    digits, shown = look("example:digits")
    assert leftovers() == []
    document = add("example:digits").document
    assert (digits["items"], digits["licence"]) == (document.count, document.licence)
    assert digits["class_counts"] == list(document.class_counts)
    assert shown.shape == (24, 28, 28, 1)


def test_an_array_that_is_cut_short_is_said(tmp_path, look):
    np.save(tmp_path / "a.npy", np.zeros((100, 8, 8), np.uint8))
    data = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(data[:-64])
    with pytest.raises(DataError, match=r"a\.npy is cut short"):
        look(tmp_path / "a.npy")


def test_large_items_are_few(tmp_path, png, noise_image, look):
    for number in range(30):
        (tmp_path / f"{number}.png").write_bytes(png(noise_image(4, 4, 3, number)))
    _, items = look(*tmp_path.glob("*.png"), size=(1024, 1024))
    assert len(items) == 6
    assert (tmp_path / "preview.npy").stat().st_size < 20 * 2**20


def test_refused_names_are_printable_and_capped(tmp_path, png, noise_image, look):
    (tmp_path / "d").mkdir()
    with open(os.fsencode(tmp_path) + b"/d/a\xfe.txt", "wb"):
        pass
    for number in range(300):
        (tmp_path / "d" / f"{number}.txt").touch()
    (tmp_path / "d" / "good.png").write_bytes(png(noise_image(4, 4)))
    done, _ = look(tmp_path / "d")
    assert (done["items"], done["rejected"], len(done["refused"])) == (1, 301, 200)
    json.dumps(done).encode()
    assert all(name.encode() for name, _ in done["refused"])


@pytest.mark.parametrize("make", [lambda folder: None, lambda folder: (folder / "a.png").write_bytes(b"<html>")])
def test_nothing_readable_is_the_error_of_an_import(tmp_path, look, add, make):
    (tmp_path / "d").mkdir()
    make(tmp_path / "d")
    with pytest.raises(DataError) as looked:
        look(tmp_path / "d")
    with pytest.raises(DataError) as imported:
        add(tmp_path / "d")
    assert str(looked.value) == str(imported.value)
    assert not (tmp_path / "preview.npy").exists()


def test_the_process_ends_with_what_it_saw(pets, start_importer, leftovers, tmp_path):
    process = start_importer(pets, preview=True)
    out, err = process.communicate(timeout=60)
    *progress, done = [json.loads(line) for line in out.splitlines()]
    assert (process.returncode, err) == (0, b"")
    assert {event["stage"] for event in progress} == {"looking", "reading", "decoding"}
    assert done["event"] == "done"
    assert done["preview"] == str(tmp_path / "preview.npy")
    assert len(np.load(done["preview"])) == 24
    assert leftovers() == []


def test_cancel_leaves_nothing(tmp_path, png, noise_image, start_importer, leftovers):
    (tmp_path / "d").mkdir()
    for number in range(2000):
        (tmp_path / "d" / f"{number}.png").write_bytes(png(noise_image(8, 8, 1, number)))
    process = start_importer(tmp_path / "d", preview=True)
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (1, b"")
    assert json.loads(out.splitlines()[-1])["event"] == "error"
    assert leftovers() == []
    assert not (tmp_path / "preview.npy").exists()
