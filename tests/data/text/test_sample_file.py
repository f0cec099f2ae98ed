"""Samples of text are saved as lines or as JSON lines, with the settings that make them again beside them."""

import json

import numpy as np

from studio.core.modality import TextSpec
from studio.core.request import SampleRequest
from studio.data.sample_file import sample_file
from studio.data.text.sample_file import escaped
from studio.data.text.tokenizer import TextTokenizer, learn_tokenizer
from studio.store.gallery import BatchDocument

SPEC = TextSpec(shape=(20,), tokenizer=learn_tokenizer(["x"], 256), classes=("glad", "sad"))
TEXTS = ["two\nlines", "back\\slash", "猫 <b>"]


def items():
    tokenizer = TextTokenizer(SPEC)
    rows = np.full((3, 20), SPEC.end, np.int16)
    for row, text in zip(rows, TEXTS, strict=True):
        tokens = tokenizer.tokens(text)
        row[: len(tokens)] = tokens
    return rows


def batch(**request):
    return BatchDocument(id="b", request=SampleRequest(seed=7, count=3, **request), spec=SPEC, classes=("glad", "sad"))


def test_a_sample_a_line(tmp_path):
    files = sample_file(SPEC)
    assert files.names("m", batch()) == ["m-7-000000.txt", "m-7-000000.txt.json"]
    path = files.save(tmp_path, "m", batch(), items(), lambda position: {"seed": 7, "index": position})
    assert path.read_text(encoding="utf-8") == "two\\nlines\nback\\\\slash\n猫 <b>\n"
    assert json.loads((tmp_path / "m-7-000000.txt.json").read_text()) == {
        "seed": 7,
        "index": 0,
        "count": 3,
        "labels": [],
    }
    assert files.overview(tmp_path, items()).read_text(encoding="utf-8").count("\n") == 3


def test_json_lines_with_numbers_and_classes(tmp_path):
    files = sample_file(SPEC, "jsonl")
    path = files.save(tmp_path, "m", batch(labels=(0, 1, -1)), items(), lambda _: {})
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [record["text"] for record in records] == TEXTS
    assert [record["class"] for record in records] == ["glad", "sad", "any"]
    assert records[2]["number"] == 2


def test_one_sample_by_itself(tmp_path):
    files = sample_file(SPEC)
    path = tmp_path / files.name_of("m", batch(), 2)
    files.save_one(path, batch(), items()[2:], {"seed": 7})
    assert path.name == "m-7-000002.txt"
    assert path.read_text(encoding="utf-8") == "猫 <b>\n"


def test_breaks_are_written_so_that_a_line_is_a_sample():
    assert escaped("a\nb\r\\n") == "a\\nb\\r\\\\n"


def test_sources_of_all_samples_lie_beside_them(tmp_path):
    from studio.core.known_values import KnownValues
    from studio.data.sample_file import read_saved_settings

    sources = KnownValues(np.arange(6).reshape(3, 2))
    path = sample_file(SPEC).save(tmp_path, "m", batch(source=sources), items(), lambda _: {"seed": 7})
    found = read_saved_settings(path.with_name(f"{path.name}.json"))
    assert KnownValues.from_json(found["source"]).values.tolist() == [[0, 1], [2, 3], [4, 5]]
