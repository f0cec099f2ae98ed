"""Two files whose lines belong together, and tables with a column of sources."""

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.data.text.paired_files import PairedFiles
from studio.data.text.request import TextRequest
from studio.data.text.tokenizer import TextTokenizer


@pytest.fixture
def pair(tmp_path):
    def make(source, target):
        (tmp_path / "a.en").write_bytes(source.encode() if isinstance(source, str) else source)
        (tmp_path / "a.de").write_bytes(target.encode() if isinstance(target, str) else target)
        return tmp_path / "a.en", tmp_path / "a.de"

    return make


def test_lines_belong_together(pair):
    (block,) = PairedFiles(*pair("one\n\nthree\r\nfour", "eins\nzwei\ndrei\n \n"), "").blocks()
    assert (block.sources, block.texts) == (["one", "three"], ["eins", "drei"])
    assert block.places == [(0, 1), (0, 3)]


def test_unequal_lengths_are_refused_with_both_counts(pair):
    with pytest.raises(DataError, match=r"a\.en has 2 and a\.de has 3 lines; mend the files"):
        PairedFiles(*pair("1\n2\n", "1\n2\n3\n"), "")


def test_each_has_its_encoding(pair):
    files = PairedFiles(*pair("größer\n".encode("utf-16"), "größer\n"), "")
    (block,) = files.blocks()
    assert block.sources == block.texts == ["größer"]
    assert files.facts() == [("Sources", "lines of a.en, UTF-16"), ("Texts", "lines of a.de, UTF-8")]


def test_they_are_imported_as_items_with_sources(add, pair):
    count = 40
    source, target = pair(
        "".join(f"number {number}\n" for number in range(count)),
        "".join(f"Nummer {number}\n" for number in range(count)),
    )
    dataset = add(target, modality="text", text=TextRequest(source=str(source)))
    spec = dataset.document.spec
    assert (spec.condition, len(dataset.sources)) == ("sequence", count)
    tokenizer = TextTokenizer(spec)
    places = np.array([7, 3])
    items, _ = dataset.batch(places)
    assert tokenizer.texts(items) == ["Nummer 3", "Nummer 7"]
    assert tokenizer.texts(dataset.sources_of(places)) == ["number 3", "number 7"]


def test_a_source_that_is_refused_takes_its_text_with_it(add, pair):
    source, target = pair("good\nbad \x07\nalso good\n", "gut\nschlecht\nauch gut\n")
    dataset = add(target, modality="text", text=TextRequest(source=str(source)))
    assert dataset.document.count == 2
    assert dataset.rejects == {"line 2": "it holds the control character U+0007"}


def test_columns_of_a_table(add, tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("english\tgerman\nhouse\tHaus\n\tleer\ntree\tBaum\n")
    dataset = add(path, modality="text", text=TextRequest(column="german", source="english"))
    tokenizer = TextTokenizer(dataset.document.spec)
    assert tokenizer.texts(np.asarray(dataset.items)) == ["Haus", "Baum"]
    assert tokenizer.texts(np.asarray(dataset.sources)) == ["house", "tree"]


def test_the_fingerprint_knows_the_sources(add, pair):
    source, target = pair("a\nb\n", "x\ny\n")
    first = add(target, modality="text", text=TextRequest(source=str(source)))
    source.write_text("a\nc\n")
    second = add(target, modality="text", text=TextRequest(source=str(source)))
    assert first.document.fingerprint != second.document.fingerprint
