"""A table is imported whole, from arrays or from text, or one sentence says why not."""

import json
import os

import numpy as np
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
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
    assert dataset.rejects == {"row 203": "its 'column 2' is no finite number of 32 bits: inf"}
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
    words = "cells parted by a comma, double quotes, decimal points, names in the first row, UTF-8"
    assert done["facts"] == [["Format", words], ["Columns", "2 columns: x, y"]]
    assert [column["name"] for column in done["columns"]] == ["x", "y"]
    assert done["columns"][0]["kind"] == "number"
    assert np.load(file).shape == (200, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "name,note\nann,\nbob,\ncid,\n",
            r"No column of t is left to learn from \('name' is left out: every row has its own word; 'note' is left "
            r"out: all its cells are empty\); ask for one by name",
        ),
        ("x,y\ninf,1\n1,inf\n", r"No row of t can be imported \(line 2: its 'x' is no whole number: inf;"),
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


MIXED = """id,price,when,ok,colour,note
1,1.50,2020-01-01,yes,red,a
2,2.25,2020-01-03,no,blue,b
3,,2020-01-02,yes,red,c
4,x,,no,=red,d
5,7,2020-01-02,,red,e
6,8,2020-01-02,yes,blue,f
7,9,2020-01-02,yes,blue,g
8,9,2020-01-02,yes,blue,h
9,9,2020-01-02,yes,blue
10,9,2020-01-02,yes,blue,j
11,9,2020-01-02,yes,blue,k
"""


@pytest.fixture
def mixed(tmp_path):
    (tmp_path / "mixed.csv").write_text(MIXED)
    return tmp_path / "mixed.csv"


def test_columns_of_every_kind(add, mixed):
    dataset = add(mixed, table={"label": "colour"})
    spec = dataset.document.spec
    assert [(column.name, column.kind, column.step, column.missing) for column in spec.columns] == [
        ("price", "number", 0.01, True),
        ("when", "date", 1.0, False),
        ("ok", "boolean", 0.0, True),
    ]
    assert spec.columns[1].origin == "2020-01-01"
    assert spec.columns[2].categories == ("no", "yes")
    assert (spec.class_column, spec.class_place, spec.classes) == ("colour", 3, ("=red", "blue", "red"))
    nan = np.nan
    np.testing.assert_array_equal(
        dataset.items[:5], np.array([[1.5, 0, 1], [2.25, 2, 0], [nan, 1, 1], [7, 1, nan], [8, 1, 1]], np.float32)
    )
    assert dataset.labels[:5].tolist() == [2, 1, 2, 2, 1]
    assert dataset.rejects == {
        "line 5": "its 'price' is no finite number of 32 bits: x",
        "line 10": "it has 5 cells where there are 6 columns",
    }
    assert dataset.document.notes == (
        "'id' was left out: it counts the rows.",
        "'note' was left out: every row has its own word.",
    )


def test_columns_as_they_are_asked_for(add, mixed):
    asked = {"kinds": {"id": "whole", "price": "category", "note": "category"}, "without": ["when", "ok", "colour"]}
    dataset = add(mixed, table=asked)
    assert [(column.name, column.kind) for column in dataset.document.spec.columns] == [
        ("id", "whole"),
        ("price", "category"),
        ("note", "category"),
    ]
    assert dataset.document.spec.columns[1].categories == ("1.50", "2.25", "7", "8", "9", "x")
    assert "'when' was left out: you asked for it." in dataset.document.notes


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"label": "size"}, "mixed has no column 'size'; it has id, price"),
        ({"kinds": {"colour": "date"}}, "The column 'colour' cannot be a date: its cells are not; it may be category"),
        ({"kinds": {"colour": "boolean"}}, "'colour' has not two different values"),
    ],
)
def test_what_cannot_be(add, mixed, asked, said):
    with pytest.raises(DataError, match=said):
        add(mixed, table=asked)


def test_the_same_table_in_other_files(add, mixed, tmp_path):
    rows = [line for line in MIXED.splitlines() if line[:2] not in ("4,", "9,")]
    mixed.write_text("\n".join(rows))
    expected = add(mixed)
    table = pyarrow.csv.read_csv(mixed)
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    pyarrow.feather.write_feather(table, tmp_path / "t.arrow")
    lines = [json.dumps(row, default=str) for row in table.to_pylist()]
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    for name in ("t.parquet", "t.arrow", "t.jsonl"):
        found = add(tmp_path / name)
        np.testing.assert_array_equal(found.items[:, :2], expected.items[:, :2])
        assert found.document.spec.names == expected.document.spec.names


def test_a_long_table_is_never_in_memory_at_once(add, tmp_path, monkeypatch):
    monkeypatch.setattr("studio.data.table.row_sample._MOST_ROWS", 1000)
    rows = np.random.default_rng(0).normal(size=(50_000, 2)).astype(np.float32)
    np.save(tmp_path / "rows.npy", rows)
    dataset = add(tmp_path / "rows.npy")
    np.testing.assert_array_equal(dataset.items, rows)
    knots = np.array(dataset.document.spec.columns[0].knots)
    assert (knots[0], knots[-1]) == (rows[:, 0].min(), rows[:, 0].max())
    counts, _ = np.histogram(rows[:, 0], knots)
    assert counts.max() < 2 * 50_000 / 32


def test_labels_beside_the_columns_are_the_class_already(add, tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros((9, 2)), y=np.arange(9))
    with pytest.raises(DataError, match="has labels beside its columns already"):
        add(tmp_path / "a.npz", table={"label": "column 1"})


@pytest.mark.parametrize(("dates", "first"), [("", "2026-02-01"), ("dmy", "2026-02-01"), ("mdy", "2026-01-02")])
def test_what_dates_begin_with_can_be_said(add, tmp_path, dates, first):
    rows = [f"{1 + number % 9}/{1 + number % 12}/2026,{number}.5" for number in range(40)]
    rows[0] = "1/2/2026,0.25"
    (tmp_path / "a.csv").write_text("when,x\n" + "\n".join(rows) + "\n")
    document = add(tmp_path / "a.csv", table={"text": {"dates": dates}}).document
    column = document.spec.columns[0]
    assert column.kind == "date"
    dataset = add(tmp_path / "a.csv", table={"text": {"dates": dates}})
    assert column.words(np.asarray(dataset.items[:1, 0])) == [first]
    assert any("read as day, month, year" in note for note in document.notes) == (not dates)
