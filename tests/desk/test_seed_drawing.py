"""The same seed from one model after another."""

import numpy as np
import pytest

from studio.desk.job import Cancelled, Failed
from studio.desk.seed_drawing import SeedDrawing
from studio.desk.subject import Subject


@pytest.fixture
def subjects(tmp_path, toy):
    return [Subject(tmp_path / name, toy.model_copy(update={"model": name}), name) for name in ("a", "b")]


@pytest.fixture
def drawing(worker, sampler, monkeypatch):
    monkeypatch.setattr("studio.desk.seed_drawing.SamplerThread", lambda: sampler)
    made = SeedDrawing(worker.receiver)
    yield made
    made.close()


def give(asked, worker, value):
    asked.give(np.full((asked.request.count, 2, 2, 1), value, np.uint8))
    asked.finish()
    worker.settle()


def test_one_model_after_another_and_only_what_is_missing(drawing, sampler, subjects, worker):
    changes = []
    drawing.changed.connect(lambda: changes.append(1))
    drawing.draw(subjects, 5, 3)
    assert (len(sampler.asked), drawing.running.subject) == (1, subjects[0])
    give(sampler.asked[0], worker, 1)
    assert (drawing.progress, drawing.running.subject) == ((3, 6), subjects[1])
    give(sampler.asked[1], worker, 2)
    assert (drawing.running, drawing.progress) == (None, (6, 6))
    assert changes
    assert [asked.request.labels for asked in sampler.asked] == [(0, 1, 2)] * 2
    assert [int(drawing.picture(one.folder, 2).max()) for one in subjects] == [1, 2]
    assert drawing.drawn(subjects[0].folder).class_of(1) == "b"
    drawing.draw(subjects, 5, 3)
    assert len(sampler.asked) == 2
    drawing.draw(subjects, 6, 3)
    assert len(sampler.asked) == 3


def test_one_that_fails_says_why_and_the_next_is_drawn(drawing, sampler, subjects, worker):
    drawing.draw(subjects, 0, 2)
    sampler.asked[0].tell(Failed("The file is damaged."))
    worker.settle()
    give(sampler.asked[1], worker, 2)
    assert drawing.drawn(subjects[0].folder).problem == "The file is damaged."
    assert drawing.progress == (2, 2)


def test_what_is_cancelled_stays_as_far_as_it_came(drawing, sampler, subjects, worker):
    drawing.draw(subjects, 0, 4)
    sampler.asked[0].give(np.zeros((4, 2, 2, 1), np.uint8), done=2)
    worker.settle()
    drawing.cancel()
    assert sampler.asked[0].cancelled
    sampler.asked[0].tell(Cancelled())
    worker.settle()
    assert (drawing.running, len(sampler.asked)) == (None, 1)
    assert drawing.drawn(subjects[0].folder).num_ready == 2


def test_its_files_go_with_it(drawing, sampler, subjects):
    drawing.draw(subjects, 0, 2)
    folder = sampler.asked[0].output.parent
    assert folder.is_dir()
    drawing.close()
    assert not folder.exists()
    assert sampler.closed


def test_models_of_texts_are_told_the_same_words(drawing, sampler, tmp_path, worker):
    from tests.toy_texts import PAIRS, TEXTS, manifest_of, stored

    writer, translator = (
        Subject(tmp_path / name, manifest_of(spec, name), name) for name, spec in (("w", TEXTS), ("t", PAIRS))
    )
    drawing.draw([writer], 1, 2, "once")
    assert sampler.asked[0].request.given.num_known == 4
    sampler.asked[0].give(stored("once more", "once again"))
    sampler.asked[0].finish()
    worker.settle()
    assert drawing.picture(writer.folder, 1) == "once again"
    drawing.draw([translator], 1, 2, "house")
    assert sampler.asked[1].request.source.values.shape == (16,)
    drawing.draw([translator], 1, 2)
    assert drawing.drawn(translator.folder).problem == "This model translates; give it a source."
    drawing.draw([writer], 1, 2, "x" * 30)
    assert "a text of this model has 23 at most" in drawing.drawn(writer.folder).problem
