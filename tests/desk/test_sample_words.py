"""Sample texts are read once, and searched by all their words."""

import numpy as np
import pytest

from studio.core.modality import ImageSpec, TextSpec
from studio.core.request import SampleRequest
from studio.data.text.tokenizer import TextTokenizer, learn_tokenizer
from studio.desk.sample_store import Filter, SampleStore, load_batches
from studio.desk.sample_words import SampleWords
from studio.store.gallery import BatchDocument, create_batch, draft_path

SPEC = TextSpec(shape=(24,), tokenizer=learn_tokenizer((), 256), classes=("Psalm", "Law"))
TEXTS = ["The LORD is my light", "And Moses went up", "light of the LORD", "Moses"]


@pytest.fixture
def path(tmp_path):
    items = np.full((len(TEXTS), 24), SPEC.end, np.int16)
    for row, tokens in zip(items, TextTokenizer(SPEC).tokens_of(TEXTS), strict=True):
        row[: len(tokens)] = tokens
    np.save(tmp_path / "samples.npy", items)
    return tmp_path / "samples.npy"


def test_a_file_is_read_once_and_only_where_it_holds_texts(path):
    words = SampleWords()
    assert words.unread(path, ImageSpec(shape=(2, 2, 1))) is None
    assert words.unread(path, None) is None
    file = words.unread(path, SPEC)
    assert file is not None
    assert words.unread(path, SPEC) is None
    assert file.read() == [text.casefold() for text in TEXTS]


def test_words_stand_in_the_text_or_in_the_name(path):
    words = SampleWords()
    assert not words.hold(path, 0, "psalm", ["lord"])
    file = words.unread(path, SPEC)
    words.keep(file, file.read())
    assert words.hold(path, 0, "psalm", ["lord", "light", "psalm"])
    assert not words.hold(path, 1, "law", ["lord"])
    assert not words.hold(path, 99, "", ["lord"])


def test_the_gallery_shows_what_holds_them(path, workspace):
    draft = draft_path(workspace)
    draft.write_bytes(path.read_bytes())
    request = SampleRequest(seed=3, count=4, labels=(0, 1, 0, 1))
    create_batch(
        workspace,
        BatchDocument(id="", request=request, model="m", title="Verses", spec=SPEC, classes=SPEC.classes),
        draft,
    )
    store = SampleStore(lambda spec, items: None)
    store.merge(load_batches(workspace, tidy=False)[0])
    assert store.unread_words() == []

    def shown(words):
        store.filter = Filter(words=words)
        store.arrange()
        for file in store.unread_words():
            store.keep_words(file, file.read())
            store.arrange()
        return [store.locate(index)[1] for index in range(store.count())]

    assert shown("moses") == [1, 3]
    assert shown("LORD light") == [0, 2]
    assert shown("light verses seed:3") == [0, 2]
    assert shown("law moses") == [1, 3]
    assert shown("psalm") == [0, 2]
    assert shown("nowhere") == []
