"""Rows are saved as a table that others open, with the settings that make them again beside it."""

import csv
import json

import numpy as np

from studio.core.modality import TableSpec
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
