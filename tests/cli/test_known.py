"""What is known of samples, as a command says it."""

from pathlib import Path

import numpy as np
import pytest

from studio.cli.known import Known
from studio.core.errors import SettingsError
from studio.core.manifest import Manifest
from studio.core.modality import ImageSpec, TableSpec, TextSpec
from studio.data.text.tokenizer import learn_tokenizer

FILE = Path("m.onnx")


def manifest(spec):
    return Manifest(inputs=(), **spec.model_dump())


TABLE, IMAGE = TableSpec(shape=(2,), columns=("x", "y")), ImageSpec(shape=(4, 4, 1))


def test_cells_of_a_row():
    known = Known(cells=("y=2",))
    known.check()
    assert known
    np.testing.assert_array_equal(known.read(manifest(TABLE), FILE).values, np.array([np.nan, 2], np.float32))


def test_nothing():
    assert not Known()
    assert Known().read(manifest(IMAGE), FILE) is None


def test_a_picture(tmp_path):
    from PIL import Image

    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    assert Known(str(tmp_path / "a.png"), "top").read(manifest(IMAGE), FILE).num_known == 8
    with pytest.raises(SettingsError, match="opaque and all of it is kept"):
        Known(str(tmp_path / "a.png")).read(manifest(IMAGE), FILE)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (Known(keep="top"), "--keep top says what is kept of a picture"),
        (Known("a.png", cells=("x=1",)), "give one of them"),
    ],
)
def test_what_contradicts_itself(known, said):
    with pytest.raises(SettingsError, match=said):
        known.check()


def test_what_is_not_of_the_model():
    with pytest.raises(SettingsError, match=r"m\.onnx draws no rows of a table; --known is for columns"):
        Known(cells=("x=1",)).read(manifest(IMAGE), FILE)
    with pytest.raises(SettingsError, match=r"m\.onnx draws tables; --given is for models of images and texts"):
        Known("a.png").read(manifest(TABLE), FILE)


def test_a_text_or_the_file_that_holds_it(tmp_path):
    spec = TextSpec(shape=(40,), tokenizer=learn_tokenizer(["x"], 256))
    (tmp_path / "prompt.txt").write_text("In the\n")
    typed, read = Known("In the"), Known(str(tmp_path / "prompt.txt"))
    np.testing.assert_array_equal(typed.read(manifest(spec), FILE).values, read.read(manifest(spec), FILE).values)
    assert Known("a\nb").read(manifest(spec), FILE).num_known == 3
