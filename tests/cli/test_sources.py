"""What samples are made from, as a command says it."""

from pathlib import Path

import pytest

from studio.cli.sources import Sources, read_sources
from studio.core.errors import DataError, SettingsError
from studio.core.manifest import Manifest
from studio.core.modality import ImageSpec, TextSpec
from studio.data.text.tokenizer import learn_tokenizer

FILE = Path("m.onnx")
SPEC = TextSpec(shape=(20,), tokenizer=learn_tokenizer(["x"], 256), source_length=8)


def manifest(spec):
    return Manifest(inputs=(), **spec.model_dump())


def test_a_text_is_one_for_all_samples():
    source = read_sources("abc").read(manifest(SPEC), FILE)
    assert source.values.shape == (8,)
    assert list(source.values).count(SPEC.end) == 5


def test_the_lines_of_a_file_are_one_for_each(tmp_path):
    (tmp_path / "in.txt").write_text("abc\nde\n")
    sources = read_sources(str(tmp_path / "in.txt"))
    assert (sources.texts, sources.lines) == (("abc", "de"), True)
    assert sources.read(manifest(SPEC), FILE).values.shape == (2, 8)


def test_nothing():
    assert read_sources(None) == Sources()
    assert Sources().read(manifest(SPEC), FILE) is None


@pytest.mark.parametrize(
    ("data", "said"), [("abc\n\nde\n", r"Line 2 of .*in\.txt is blank"), ("", r"in\.txt is empty")]
)
def test_files_that_are_none(tmp_path, data, said):
    (tmp_path / "in.txt").write_text(data)
    with pytest.raises(DataError, match=said):
        read_sources(str(tmp_path / "in.txt"))


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (Sources(("x" * 9,)), "The source has 9 tokens; this model takes 7 at most"),
        (Sources(("ab", "y" * 8), lines=True), "Line 2 of the source has 8 tokens"),
        (Sources(("",)), "The source is empty"),
        (Sources(("a\x00",)), "The source cannot be used: it holds the control character"),
    ],
)
def test_sources_that_cannot_be_used(sources, said):
    with pytest.raises(SettingsError, match=said):
        sources.read(manifest(SPEC), FILE)


def test_a_model_that_translates_nothing():
    with pytest.raises(SettingsError, match=r"m\.onnx translates nothing; leave --source away"):
        read_sources("abc").read(manifest(ImageSpec(shape=(4, 4, 1))), FILE)
