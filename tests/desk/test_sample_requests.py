"""What the person wants of a model becomes requests, or a sentence that says why it cannot."""

import numpy as np
import pytest

from studio.core.request import SampleRequest
from studio.desk.batch_drawing import BatchDrawing
from studio.desk.context import Desk
from studio.desk.model_library import ModelLibrary
from studio.desk.sample_requests import SampleRequests
from studio.desk.sample_store import SampleStore
from studio.desk.snapshot import ModelRow, Snapshot
from studio.runtime.record import read_settings, sample_settings
from tests.toy_texts import PAIRS, manifest_of, stored


class Form:
    """What the person has set."""

    num_samples, known_shape = 3, None

    def __init__(self):
        self.set, self.known, self.rolled = [], [], 0

    def request(self):
        return SampleRequest(count=self.num_samples, labels=(1,))

    def after_sample(self):
        self.rolled += 1

    def set_known(self, known, keep="all"):
        self.known.append((known, keep))

    def set_request(self, request):
        self.set.append(request)


@pytest.fixture
def form():
    return Form()


@pytest.fixture
def requests(desk, form, said, sampler, workspace, worker, toy):
    folder = workspace.folder("models") / "m-1"
    folder.mkdir()
    (folder / "sample.onnx").write_bytes(b"model")
    samples = SampleStore(lambda spec, items: items)
    drawing = BatchDrawing(workspace, worker, sampler, samples.cache)
    library = ModelLibrary(desk, sampler)
    library.take(Snapshot(models=(ModelRow(folder, toy, 1.0),)))
    made = SampleRequests(desk, form, said, samples, drawing, library)
    made.chosen, made.ready = library.choices[0], True
    made.samples, made.drawing, made.library = samples, drawing, library
    made.placed.connect(lambda batch: samples.batches.insert(0, batch))
    return made


@pytest.fixture
def drawn(requests, sampler, worker):
    """A kept batch of three samples of class b."""
    requests.sample()
    sampler.asked[-1].give(np.full((3, 2, 2, 1), 7, np.uint8))
    sampler.asked[-1].finish()
    worker.settle()
    return requests.samples.batches[0]


def test_the_controls_are_asked_and_the_next_seed_is_another(requests, form, sampler):
    requests.sample()
    assert (sampler.asked[0].request.count, form.rolled) == (3, 1)
    requests.sample()
    assert (len(sampler.asked), form.rolled) == (1, 1)


def test_nothing_is_drawn_where_nothing_can_be_kept(requests, form, said, sampler, desk):
    requests._desk = Desk(desk.workspace, desk.worker, said, desk.look_now, read_only=True)
    requests.sample()
    assert sampler.asked == []
    assert said.texts == ["This workspace cannot be written to; samples and stars cannot be kept."]


def test_a_sample_drawn_again_is_said_to_be_equal(requests, drawn, sampler, worker, said):
    requests.again(drawn, 1)
    sampler.asked[-1].give(np.full((1, 2, 2, 1), 7, np.uint8))
    sampler.asked[-1].finish()
    worker.settle()
    assert said.texts[-1] == "Drawn again, alone: equal in every pixel."


def test_variations_have_the_next_seed_and_the_class(requests, drawn, sampler, form):
    requests.vary(drawn, 2)
    asked = sampler.asked[-1].request
    assert (asked.seed, asked.count, asked.labels) == (1, 3, (1,))
    assert form.set == [asked]


def test_a_model_that_is_gone_is_asked_for(requests, drawn, said, sampler):
    requests.library.take(Snapshot())
    wanted, before = [], len(sampler.asked)
    requests.file_wanted.connect(lambda: wanted.append(1))
    for ask in (requests.vary, requests.again):
        ask(drawn, 0)
        assert said.texts[-1].startswith("The model of this sample is not here any more")
        said.press()
    assert (wanted, len(sampler.asked)) == ([1, 1], before)


def test_what_the_model_cannot_complete_is_said(requests, drawn, form, said):
    requests.complete(drawn, 0)
    assert said.texts[-1].startswith("The chosen model completes nothing")
    form.known_shape = (4, 4, 1)
    requests.complete(drawn, 0)
    assert said.texts[-1] == "The sample is 2 x 2 grey; the chosen model completes pictures of 4 x 4 grey."
    form.known_shape = (2, 2, 1)
    requests.complete(drawn, 0)
    assert [(known.values.tolist(), keep) for known, keep in form.known] == [([[[7], [7]], [[7], [7]]], "top")]


def test_the_settings_of_a_kept_sample_find_it(requests, drawn, sampler):
    found = []
    requests.found.connect(lambda *what: found.append(what))
    requests.restore(read_settings(sample_settings(drawn.document, 2)))
    assert found == [(drawn, 2)]
    # It is drawn again beside it, alone.
    assert (sampler.asked[-1].request.start, sampler.asked[-1].request.count) == (2, 1)


def test_settings_wait_for_their_model(requests, drawn, said, toy):
    settings = read_settings(sample_settings(drawn.document, 1))
    rows = tuple(ModelRow(choice.folder, toy, 1.0) for choice in requests.library.choices)
    requests.library.take(Snapshot())
    requests.restore(settings)
    assert said.texts[-1].startswith("The model that made these samples, 'Toy', is not in this workspace")
    found = []
    requests.found.connect(lambda *what: found.append(what))
    requests.library.take(Snapshot(models=rows))
    requests.retry()
    assert found == [(drawn, 1)]


@pytest.fixture
def translating(requests, form, workspace):
    """The chosen model translates, and the form asks for no class."""
    manifest = manifest_of(PAIRS, "m-1")
    folder = workspace.folder("models") / "m-1"
    requests.library.take(Snapshot(models=(ModelRow(folder, manifest, 2.0),)))
    requests.chosen = requests.library.choices[0]
    form.request = lambda: SampleRequest(seed=5, count=3)
    return requests


def test_every_line_of_a_file_is_translated_in_order(translating, form, sampler, worker, tmp_path):
    (tmp_path / "in.txt").write_text("one\ntwo\n")
    translating.translate_file(tmp_path / "in.txt")
    worker.settle()
    request = sampler.asked[-1].request
    assert (request.seed, request.count, request.source.values.shape) == (5, 2, (2, 16))
    assert request.source.values[1, :3].tolist() == stored("two", spec=PAIRS)[0, :3].tolist()
    assert form.rolled == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [("one\n\ntwo\n", "Line 2 of"), ("", "is empty"), ("x" * 20, "Line 1 of the source has 20 tokens")],
)
def test_a_file_that_cannot_be_translated_is_said(translating, said, sampler, worker, tmp_path, text, words):
    (tmp_path / "in.txt").write_text(text)
    translating.translate_file(tmp_path / "in.txt")
    worker.settle()
    assert words in said.texts[-1]
    assert not sampler.asked
