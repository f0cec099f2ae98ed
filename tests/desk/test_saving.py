"""Samples are saved as what people use, with what made them; nothing in a folder is replaced."""

import csv
import json

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.core.modality import TableSpec
from studio.core.request import SampleRequest
from studio.data.image.sample_file import read_sample_settings
from studio.desk.saving import file_name, save_samples
from studio.store.gallery import BatchDocument

IMAGES = BatchDocument(id="b", model="a/../model", request=SampleRequest(seed=4, count=2))
ROWS = IMAGES.model_copy(update={"spec": TableSpec(shape=(2,), columns=("x", "y"))})


def test_images_are_pngs_of_their_own(tmp_path):
    np.save(tmp_path / "s.npy", np.zeros((2, 4, 4, 1), np.uint8))
    folder = tmp_path / "out"
    folder.mkdir()
    wanted = [(IMAGES, tmp_path / "s.npy", position) for position in (0, 1, 1)]
    assert save_samples(wanted, folder) == 3
    name = file_name(IMAGES, 1)
    assert name == "a-model-4-000001.png"
    assert sorted(path.name for path in folder.iterdir()) == [
        "a-model-4-000000.png",
        "a-model-4-000001-2.png",
        name,
    ]
    assert read_sample_settings(folder / name)["index"] == 1


def test_rows_are_one_table_for_their_request(tmp_path):
    rows = np.array([[0.5, -1.25], [1e-9, 3e20]], np.float32)
    np.save(tmp_path / "s.npy", rows)
    for expected in ("a-model-4-000000.csv", "a-model-4-000000-2.csv"):
        assert save_samples([(ROWS, tmp_path / "s.npy", 0)], tmp_path) == 2
        with open(tmp_path / expected, newline="") as file:
            header, *body = csv.reader(file)
        assert header == ["x", "y"]
        np.testing.assert_array_equal(np.array(body, np.float32), rows)
        assert json.loads((tmp_path / f"{expected}.json").read_text())["seed"] == 4


@pytest.mark.parametrize("document", [IMAGES, ROWS])
def test_samples_that_are_gone_are_said(tmp_path, document):
    with pytest.raises(DataError, match=r"s\.npy cannot be read"):
        save_samples([(document, tmp_path / "s.npy", 0)], tmp_path)
