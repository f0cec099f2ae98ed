"""Texts are imported whole: a tokenizer of the training split, tokens with an end, and refusals by line."""

import json
import os

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.core.modality import TextSpec
from studio.data.preview import run_preview
from studio.data.request import ImportRequest
from studio.data.text.request import TextRequest
from studio.data.text.tokenizer import TextTokenizer

WORDS = ["the", "sun", "rose", "over", "a", "quiet", "sea", "and", "every", "gull", "cried", "once"]


def texts(count, seed=0):
    generator = np.random.default_rng(seed)
    return [" ".join(generator.choice(WORDS, generator.integers(2, 9))) for _ in range(count)]


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "sea.txt"
    path.write_text("\n".join(texts(300)) + "\n")
    return path


def shown(dataset):
    return TextTokenizer(dataset.document.spec).texts(np.asarray(dataset.items))


def test_a_text_a_line(add, book):
    dataset = add(book)
    document = dataset.document
    assert (document.name, document.count, document.rejected) == ("sea", 300, 0)
    assert isinstance(document.spec, TextSpec)
    assert shown(dataset) == book.read_text().splitlines()
    lengths = document.spec.lengths(np.asarray(dataset.items))
    assert lengths.max() == document.spec.shape[0] - 1
    assert document.splits == {"train": 240, "validation": 30, "test": 30}


def test_the_tokenizer_knows_the_training_split_alone(add, tmp_path):
    """A word that only held-out texts hold has no token of its own."""
    path = tmp_path / "a.txt"
    lines = texts(400)
    path.write_text("\n".join(lines))
    plain = add(path, text=TextRequest(vocabulary=300))
    held_out = [lines[number] for number in plain.indices("test")]
    for number in plain.indices("test"):
        lines[number] = "zzyzx " * 8
    path.write_text("\n".join(lines))
    changed = add(path, text=TextRequest(vocabulary=300))
    assert held_out
    assert changed.document.spec.tokenizer == plain.document.spec.tokenizer


@pytest.mark.fault("A25")
def test_what_cannot_be_a_text_is_listed_with_its_line(add, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"good one\nbell \x07\n\nbad \xff byte\n" + b"w " * 30 + b"\n" + b"y" * 30_000 + b"\nlast good\n")
    dataset = add(path, text=TextRequest(unit="line", longest=20, vocabulary=256, encoding="utf-8"))
    assert shown(dataset) == ["good one", "last good"]
    assert dataset.rejects == {
        "line 2": "it holds the control character U+0007",
        "line 4": "the byte 0xff is not of its encoding",
        "line 5": "60 tokens; a text has 19 at most",
        "line 6": "longer than 20,000 characters; cut long texts by --unit window",
    }


def test_folders_are_classes(add, tmp_path):
    for name, word in (("glad", "yes"), ("sad", "no")):
        (tmp_path / "mood" / name).mkdir(parents=True)
        for number in range(15):
            (tmp_path / "mood" / name / f"{number}.txt").write_text(f"{word} {number}\n")
    dataset = add(tmp_path / "mood")
    assert dataset.document.spec.classes == ("glad", "sad")
    assert [shown(dataset)[place].split()[0] for place in (0, 29)] == ["yes", "no"]
    assert set(np.asarray(dataset.labels[:15]).tolist()) == {0}


def test_a_column_of_a_table(add, tmp_path):
    path = tmp_path / "reviews.csv"
    lines = [f'{number},"{text}",{"good" if number % 2 else "bad"}' for number, text in enumerate(texts(60))]
    path.write_text("id,review,mark\n" + "\n".join(lines) + "\n")
    dataset = add(path, text=TextRequest(column="review", label="mark"))
    assert shown(dataset) == texts(60)
    assert dataset.document.spec.classes == ("bad", "good")
    longest = add(path, modality="text")
    assert shown(longest) == texts(60)


def test_json_lines_with_breaks(add, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"text": f"two\nlines {number}"}) + "\n" for number in range(10)))
    dataset = add(path, modality="text")
    assert shown(dataset)[3] == "two\nlines 3"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (TextRequest(column="revue"), "reviews.csv has no column 'revue'; it has id, review."),
        (TextRequest(column="review", label="mark"), "reviews.csv has no column 'mark'; it has id, review."),
    ],
)
def test_a_column_that_is_not_there(add, tmp_path, asked, sentence):
    (tmp_path / "reviews.csv").write_text("id,review\n1,fine\n2,bad day\n")
    with pytest.raises(DataError, match="has no column") as caught:
        add(tmp_path / "reviews.csv", text=asked)
    assert str(caught.value).replace("reviews has", "reviews.csv has") == sentence


def test_a_class_for_every_text_is_none(add, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,id\n" + "".join(f"some words here,{number}x\n" for number in range(1200)))
    with pytest.raises(DataError, match="has 1,200 classes; a class is shared by many texts"):
        add(path, text=TextRequest(column="text", label="id"))


@pytest.mark.fault("A25")
@pytest.mark.parametrize("data", [b"", b"\n\n  \n"])
def test_an_empty_file(add, tmp_path, data):
    path = tmp_path / "empty.txt"
    path.write_bytes(data)
    with pytest.raises(DataError, match="There is nothing to import in empty: it holds no text"):
        add(path)


def test_one_line_and_one_symbol(add, tmp_path):
    path = tmp_path / "one.txt"
    path.write_text("a")
    dataset = add(path)
    assert shown(dataset) == ["a"]
    assert dataset.document.spec.shape == (2,)


def test_all_refused_says_why(add, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("a\x01\nb\x02\n")
    with pytest.raises(DataError, match=r"No text of a can be imported \(line 1: it holds the control character"):
        add(path)


@pytest.mark.fault("A25")
def test_binary_data_that_is_called_text(add, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(os.urandom(4096) + b"\0")
    with pytest.raises(DataError, match="is no text"):
        add(path)


def test_repeats_are_counted(add, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Hello, world\nhello world!\nsomething else\n" * 3)
    assert add(path).document.notes == ("7 texts repeat another but for case, spaces and punctuation.",)


def test_the_dry_look_says_what_the_import_then_makes(add, book, workspace, tmp_path):
    file = tmp_path / "preview.npy"
    request = ImportRequest(workspace=workspace, paths=(os.fspath(book),))
    done = run_preview(request, file, lambda event: None)
    json.dumps(done, allow_nan=False)
    document = add(book).document
    assert (done["items"], done["splits"]) == (document.count, document.splits)
    assert done["spec"] == document.spec.model_dump(mode="json")
    assert ["Texts", "lines"] in done["facts"]
    assert TextTokenizer(document.spec).texts(np.load(file))[0] == book.read_text().splitlines()[0]


def test_texts_have_no_columns_of_a_table(add, book):
    with pytest.raises(DataError, match="holds text data, which have no columns; leave what is said"):
        add(book, table={"label": "x"})


def test_a_table_is_no_text_unless_asked(add, tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n3,4\n5,7\n")
    assert add(tmp_path / "a.csv").document.spec.modality == "table"
    with pytest.raises(DataError, match="has no column of text; name one by --text COLUMN"):
        add(tmp_path / "a.csv", modality="text")


def test_the_real_verses(add, shared_data):
    dataset = add(shared_data / "text" / "kjv.txt")
    assert dataset.document.count == 31_102
    assert shown(dataset)[0] == "In the beginning God created the heaven and the earth."
    assert len(dataset.document.spec.tokens) == 4096
