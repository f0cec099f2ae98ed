"""The files that samples of a model become, and samples that are not what it promised."""

import numpy as np
import pytest

from studio.core.errors import DataError, ModelError, SettingsError
from studio.core.modality import ImageSpec, TableSpec, TextSpec
from studio.data.image.sample_file import ImageFiles
from studio.data.sample_file import check_samples, read_saved_settings, sample_file
from studio.data.table.sample_file import TableFiles
from studio.data.text.sample_file import TextFiles
from studio.data.text.tokenizer import learn_tokenizer

IMAGE = ImageSpec(shape=(4, 5, 3))
TABLE = TableSpec(shape=(2,), columns=("x", "y"), knots=((0.0, 1.0), (0.0, 1.0)))
TEXT = TextSpec(shape=(5,), tokenizer=learn_tokenizer(["a"], 256))


def test_the_files_of_each_modality():
    assert isinstance(sample_file(IMAGE), ImageFiles)
    assert isinstance(sample_file(None), ImageFiles)
    assert isinstance(sample_file(TABLE), TableFiles)
    assert isinstance(sample_file(TEXT), TextFiles)


def test_a_format_is_for_rows_or_for_texts():
    assert isinstance(sample_file(TABLE, "parquet"), TableFiles)
    with pytest.raises(SettingsError, match="draws images, which are not saved as parquet"):
        sample_file(IMAGE, "parquet")
    with pytest.raises(SettingsError, match="draws rows, which are not saved as jsonl"):
        sample_file(TABLE, "jsonl")


@pytest.mark.parametrize(
    ("spec", "samples"),
    [
        (IMAGE, np.zeros((2, 4, 5, 3), np.uint8)),
        (TABLE, np.zeros((2, 2), np.float32)),
        (None, np.zeros((2, 9, 9, 1), np.uint8)),
    ],
)
def test_samples_that_are_as_promised(spec, samples):
    assert check_samples(spec, samples, "m.onnx") is None


@pytest.mark.parametrize(
    ("spec", "samples", "said"),
    [
        (IMAGE, np.zeros((2, 4, 5, 1), np.uint8), "m.onnx gives uint8 [4, 5, 1], not images of 5 x 4 colour."),
        (IMAGE, np.zeros((2, 4, 5, 3), np.float32), "m.onnx gives float32 [4, 5, 3], not images of 5 x 4 colour."),
        (TABLE, np.zeros((2, 3), np.float32), "m.onnx gives float32 [3], not rows of 2 columns."),
        (None, np.zeros((2, 9, 9, 2), np.uint8), "m.onnx gives uint8 [9, 9, 2], not images."),
        (None, np.zeros((2, 9, 9), np.uint8), "m.onnx gives uint8 [9, 9], not images."),
    ],
)
def test_samples_that_are_not(spec, samples, said):
    with pytest.raises(ModelError) as raised:
        check_samples(spec, samples, "m.onnx")
    assert str(raised.value) == said


def test_settings_beside_samples_are_read(tmp_path):
    (tmp_path / "a.txt.json").write_text('{"seed": 3}')
    assert read_saved_settings(tmp_path / "a.txt.json") == {"seed": 3}
    for data in ("[1]", "{", "[" * 100_000):
        (tmp_path / "a.txt.json").write_text(data)
        with pytest.raises(DataError, match=r"a\.txt\.json holds no settings of samples"):
            read_saved_settings(tmp_path / "a.txt.json")
    with pytest.raises(DataError, match="cannot be read"):
        read_saved_settings(tmp_path / "gone.json")
