"""The parts of a text that tokens stand for, and when they are asked for."""

import numpy as np
import pytest

from studio.core.known_values import KnownValues
from studio.core.modality import TextSpec
from studio.core.request import SampleRequest
from studio.core.token_likelihood import TokenLikelihood
from studio.data.text.tokenizer import TextTokenizer, learn_tokenizer
from studio.desk.job import Cancelled, Failed
from studio.desk.model_library import ModelChoice
from studio.desk.sample_store import Batch, SampleStore
from studio.desk.sampler_thread import TokensScored
from studio.desk.token_shades import TokenShades, shades_of
from studio.store.gallery import BatchDocument
from tests.toy_texts import PAIRS, TEXTS, manifest_of, stored


def scored(count, probability=0.5, likeliest=((104, 0.75),)):
    return [TokenLikelihood(probability=probability, likeliest=likeliest)] * count


def test_every_token_is_a_part_up_to_the_end():
    found = shades_of(TEXTS, stored("so")[0], scored(24))
    assert [(shade.begin, shade.end) for shade in found] == [(0, 1), (1, 2)]
    assert found[0].strength == pytest.approx(0.1)
    letter = TextTokenizer(TEXTS).text([104])
    assert found[1].words == f"\u201co\u201d: 50%\nlikeliest here:\n\u201c{letter}\u201d 75%"
    assert shades_of(TEXTS, stored("")[0], scored(24)) == []


def test_strength_goes_from_certain_to_ten_bits():
    row = stored("a")[0]
    strengths = [shades_of(TEXTS, row, scored(24, each))[0].strength for each in (1.0, 2**-5, 2**-10, 0.0)]
    assert strengths == pytest.approx([0.0, 0.5, 1.0, 1.0])


def test_tokens_that_are_bytes_of_one_character_are_one_part():
    row = stored("a\u00e9\U0001f600b")[0]
    found = shades_of(TEXTS, row, scored(24))
    assert [(shade.begin, shade.end) for shade in found] == [(0, 1), (1, 2), (2, 3), (3, 4)]
    # Two bytes, four bytes: half to the power of as many.
    assert [round(10 * shade.strength) for shade in found] == [1, 2, 4, 1]


def test_bytes_that_are_no_character_are_parts_too():
    row = np.full(24, TEXTS.end)
    row[:3] = stored("\u00e9")[0][0], *stored("a")[0][:1], stored("\u00e9")[0][1]
    text = TextTokenizer(TEXTS).text(row)
    found = shades_of(TEXTS, row, scored(24))
    assert text == "\ufffda\ufffd"
    assert (found[0].begin, found[-1].end) == (0, 3)


def test_the_end_and_breaks_are_named():
    words = shades_of(TEXTS, stored("\n")[0], scored(24, 0.004, ((TEXTS.end, 0.031),)))[0].words
    assert words == "\u201c\\n\u201d: 0.4%\nlikeliest here:\n(the end) 3.1%"


@pytest.mark.parametrize(
    ("probability", "words"),
    [(0.0, "under 0.1%"), (0.0004, "under 0.1%"), (0.031, "3.1%"), (0.25, "25%"), (1.0, "100%")],
)
def test_shares_are_told_as_closely_as_they_matter(probability, words):
    found = shades_of(TEXTS, stored("a")[0], scored(24, probability))[0].words
    assert found.splitlines()[0] == f"\u201ca\u201d: {words}"


def test_tokens_of_several_characters_and_what_stands_before():
    spec = TextSpec(shape=(9,), tokenizer=learn_tokenizer(["to the to the to the"], 260))
    tokens = TextTokenizer(spec).tokens("to the")
    assert len(tokens) < 6
    row = np.full(9, spec.end)
    row[: len(tokens)] = tokens
    found = shades_of(spec, row, scored(9), before=4)
    assert found[0].begin == 4
    assert found[-1].end == 4 + len("to the")
    assert [shade.end for shade in found[:-1]] == [shade.begin for shade in found[1:]]


class Sampler:
    """Is asked, and tells when a test wants it."""

    def __init__(self):
        self.asked = []

    def score_tokens(self, path, question, tell):
        self.asked.append((path, question, tell))
        return object()


class Library:
    choice = None

    def of_batch(self, document):
        return self.choice


@pytest.fixture
def made(desk, tmp_path):
    """Shades of a batch of two texts of a model that says how likely tokens are, and all they go by."""

    def make(spec=TEXTS, source=None, labels=()):
        sampler, library, samples = Sampler(), Library(), SampleStore(lambda *_: None)
        manifest = manifest_of(spec).model_copy(update={"token_log_prob": True})
        library.choice = ModelChoice("m", tmp_path / "sample.onnx", manifest)
        (tmp_path / "log_prob.onnx").write_bytes(b"")
        np.save(tmp_path / "s.npy", stored("so", "it", spec=spec))
        request = SampleRequest(count=2, source=source, labels=labels)
        batch = Batch(BatchDocument(id="b", spec=spec, request=request), tmp_path / "s.npy", tmp_path, 2)
        samples.batches = [batch]
        samples.arrange()
        return TokenShades(desk, sampler, library, samples), sampler, library, batch

    return make


def test_nothing_is_asked_until_it_is_wanted_and_then_once(made, desk):
    shades, sampler, _, batch = made(labels=(3,))
    assert shades.can(batch)
    assert shades.found(batch, 0) == []
    assert sampler.asked == []
    changes = []
    shades.changed.connect(lambda: changes.append(1))
    shades.wanted = True
    assert shades.found(batch, 0) == []
    assert shades.found(batch, 0) == []
    ((path, question, tell),) = sampler.asked
    assert path.name == "log_prob.onnx"
    assert (question.tokens, question.label, question.source) == (tuple(stored("so")[0].tolist()), 3, None)
    tell(TokensScored(scored(24)))
    desk.worker.settle()
    assert changes == [1]
    assert [(shade.begin, shade.end) for shade in shades.found(batch, 0)] == [(0, 1), (1, 2)]
    assert len(sampler.asked) == 1


def test_parts_of_a_translation_stand_behind_its_source(made, desk):
    shades, sampler, _, batch = made(PAIRS, KnownValues(stored("a house", spec=PAIRS)[0][:16].astype(np.int64)))
    shades.wanted = True
    shades.found(batch, 1)
    ((_, question, tell),) = sampler.asked
    assert question.source == tuple(stored("a house", spec=PAIRS)[0][:16].tolist())
    tell(TokensScored(scored(24)))
    desk.worker.settle()
    before = len("a house\n\u2192 ")
    assert [(shade.begin, shade.end) for shade in shades.found(batch, 1)] == [
        (before, before + 1),
        (before + 1, before + 2),
    ]


def test_why_not_is_said_and_what_was_cancelled_is_asked_again(made, desk):
    shades, sampler, _, batch = made()
    shades.wanted = True
    shades.found(batch, 0)
    sampler.asked[0][2](Cancelled())
    desk.worker.settle()
    shades.found(batch, 0)
    sampler.asked[1][2](Failed("It is too large."))
    desk.worker.settle()
    assert shades.found(batch, 0) == "It is too large."
    shades.toggle()
    assert shades.found(batch, 0) == []
    shades.toggle()
    assert shades.found(batch, 0) == []
    assert len(sampler.asked) == 3


def test_models_that_cannot_say_it(made):
    shades, _, library, batch = made()
    (batch.samples.parent / "log_prob.onnx").unlink()
    assert not shades.can(batch)
    library.choice = ModelChoice("m", library.choice.path, manifest_of(TEXTS))
    assert not shades.can(batch)
    library.choice = None
    assert not shades.can(batch)
