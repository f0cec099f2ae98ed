"""Rows are saved as a table that others open, with the settings that make them again beside it."""

import csv
import json

import numpy as np

from studio.core.modality import Column, TableSpec
from studio.core.request import SampleRequest
from studio.data.sample_file import sample_file
from studio.store.gallery import BatchDocument

SPEC = TableSpec(shape=(2,), columns=("x", "=1+1"))


def test_a_batch_and_what_made_it(tmp_path):
    rows = np.array([[0.1, -2.5], [1e-20, 3e20]], np.float32)
    batch = BatchDocument(id="b", request=SampleRequest(seed=7, count=2, labels=(1,)), spec=SPEC)
    files = sample_file(SPEC)
    assert files.names("m", batch) == ["m-7-000000.csv", "m-7-000000.csv.json"]
    path = files.save(tmp_path, "m", batch, rows, lambda position: {"seed": 7, "index": position})
    with open(path, newline="", encoding="utf-8") as file:
        header, *body = csv.reader(file)
    # A spreadsheet would run the name as a formula.
    assert header == ["x", "'=1+1"]
    np.testing.assert_array_equal(np.array(body, np.float32), rows)
    settings = json.loads((tmp_path / "m-7-000000.csv.json").read_text())
    assert settings == {"seed": 7, "index": 0, "count": 2, "labels": [1]}
    assert files.overview(tmp_path, rows).read_text().count("\n") == 3


MIXED = TableSpec(
    shape=(5,),
    columns=(
        Column(name="carat", step=0.01),
        Column(name="colour", kind="category", categories=("=D", "-1", "E")),
        Column(name="price", kind="whole", step=1.0, missing=True),
        Column(name="sold", kind="boolean", categories=("no", "yes")),
        Column(name="when", kind="date", step=1.0, origin="2020-01-01"),
    ),
    classes=("Fair", "@Good"),
    class_column="cut",
    class_place=1,
)
ROWS = np.array([[0.23, 0, np.nan, 1, 31], [1.0, 1, 326, 0, 0], [2.5, 2, 7, 1, 1]], np.float32)


def test_rows_as_the_data_set_has_them(tmp_path):
    batch = BatchDocument(id="b", request=SampleRequest(seed=7, count=3, labels=(0, 1, -1)), spec=MIXED)
    sample_file(MIXED).save_one(tmp_path / "m.csv", batch, ROWS, {"seed": 7})
    assert (tmp_path / "m.csv").read_text() == (
        "carat,cut,colour,price,sold,when\n"
        "0.23,Fair,'=D,,yes,2020-02-01\n"
        "1.00,'@Good,-1,326,no,2020-01-01\n"
        "2.50,,E,7,yes,2020-01-02\n"
    )
    assert json.loads((tmp_path / "m.csv.json").read_text())["labels"] == [0, 1, -1]


def test_what_is_written_is_read_as_the_same_table(tmp_path, add):
    batch = BatchDocument(id="b", request=SampleRequest(count=3, labels=(0, 1, -1)), spec=MIXED)
    sample_file(MIXED).save_one(tmp_path / "m.csv", batch, ROWS, {})
    found = add(tmp_path / "m.csv", table={"label": "cut", "kinds": {"colour": "category", "sold": "boolean"}})
    assert found.document.spec.classes == ("@Good", "Fair")
    assert found.document.spec.class_place == 1
    assert found.labels.tolist() == [1, 0, -1]
    assert found.document.spec.columns[1].categories == ("-1", "=D", "E")
    np.testing.assert_array_equal(found.items[:, [0, 2, 3, 4]], ROWS[:, [0, 2, 3, 4]])


def test_parquet_where_the_name_says_so_or_it_is_asked_for(tmp_path):
    batch = BatchDocument(id="b", request=SampleRequest(seed=7, count=3, labels=(1,)), spec=MIXED)
    sample_file(MIXED).save_one(tmp_path / "m.parquet", batch, ROWS, {})
    files = sample_file(MIXED, "parquet")
    path = files.save(tmp_path, "m", batch, ROWS, lambda position: {})
    assert path.name == "m-7-000000.parquet"
    for each in (tmp_path / "m.parquet", path):
        assert each.read_bytes().startswith(b"PAR1")
        assert each.with_name(f"{each.name}.json").exists()


def test_a_class_that_the_table_has_no_column_for_stays_beside_it(tmp_path):
    spec = TableSpec(shape=(1,), columns=("x",), classes=("a",))
    batch = BatchDocument(id="b", request=SampleRequest(count=1, labels=(0,)), spec=spec)
    sample_file(spec).save_one(tmp_path / "m.csv", batch, np.ones((1, 1), np.float32), {})
    assert (tmp_path / "m.csv").read_text() == "x\n1.0\n"
