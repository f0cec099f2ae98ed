"""A table is imported whole, from arrays or from text, or one sentence says why not."""

import json
import os

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.data.preview import run_preview
from studio.data.request import ImportRequest


@pytest.fixture
def points(tmp_path):
    rows = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)
    np.savetxt(tmp_path / "points.csv", rows, "%.9g", ",", header="x,y", comments="")
    return tmp_path / "points.csv", rows


def test_a_csv_file(add, points):
    path, rows = points
    dataset = add(path)
    document = dataset.document
    assert (document.name, document.count, document.rejected, document.fit) == ("points", 200, 0, "")
    assert document.spec.names == ("x", "y")
    assert document.spec.classes == ()
    assert dataset.items.dtype == np.float32
    np.testing.assert_array_equal(dataset.items, rows)
    assert document.splits == {"train": 160, "validation": 20, "test": 20}
    train = dataset.items[dataset.indices("train")]
    assert document.spec.columns[0].knots[0] == train[:, 0].min()
    assert document.spec.columns[1].knots[-1] == train[:, 1].max()


def test_arrays_with_labels_and_splits(add, tmp_path, points):
    rows = points[1]
    bad = rows[:50].copy()
    bad[3, 1] = np.inf
    np.savez(tmp_path / "a.npz", x_train=rows, y_train=np.arange(200) % 3, x_test=bad, y_test=np.arange(50) % 3)
    dataset = add(tmp_path / "a.npz")
    assert dataset.document.spec.classes == ("0", "1", "2")
    assert dataset.document.splits == {"train": 180, "validation": 20, "test": 49}
    assert dataset.rejects == {"row 203": "its 'column 2' is not a finite number of 32 bits"}
    np.testing.assert_array_equal(dataset.labels[:4], [0, 1, 2, 0])
    np.testing.assert_array_equal(dataset.labels[200:205], [0, 1, 2, 1, 2])


def test_the_dry_look_says_what_the_import_then_makes(add, points, workspace, tmp_path):
    file = tmp_path / "preview.npy"
    request = ImportRequest(workspace=workspace, paths=(os.fspath(points[0]),))
    done = run_preview(request, file, lambda event: None)
    json.dumps(done, allow_nan=False)
    document = add(points[0]).document
    assert (done["items"], done["splits"]) == (document.count, document.splits)
    assert done["spec"] == document.spec.model_dump(mode="json")
    assert done["facts"] == [["Columns", "2 columns: x, y"]]
    assert np.load(file).shape == (200, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "name,age\nann,3\nbob,4\n",
            r"No row of t is all numbers \(line 2: its cell of the column 'name' is no number",
        ),
        ("x,y\n", "There is nothing to import in t: it holds no row"),
    ],
)
def test_a_table_without_numbers(add, tmp_path, leftovers, text, said):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(DataError, match=said):
        add(tmp_path / "t.csv")
    assert leftovers() == []


def test_what_was_asked_for_must_be_there(add, points, leftovers):
    with pytest.raises(DataError, match="points holds table data, not image data"):
        add(points[0], modality="image")
    assert leftovers() == []
    assert add(points[0], modality="table").document.count == 200


def test_one_table_at_a_time(add, points, tmp_path):
    (tmp_path / "other.csv").write_text("x\n1\n")
    with pytest.raises(DataError, match=r"Add one table at a time: points\.csv, other\.csv"):
        add(points[0], tmp_path / "other.csv")


def test_beside_images_a_table_is_a_file_that_is_refused(add, points, tmp_path, png, noise_image):
    (tmp_path / "a.png").write_bytes(png(noise_image(4, 4, 1)))
    dataset = add(tmp_path / "a.png", points[0])
    assert dataset.document.spec.modality == "image"
    assert dataset.rejects == {"points.csv": "not an image"}
