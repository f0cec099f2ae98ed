"""Requests for samples: the last wins, what came is kept, and a sample drawn again is compared."""

import numpy as np
import pytest

from studio.core.request import SampleRequest
from studio.desk.batch_drawing import BatchDrawing
from studio.desk.job import Cancelled, Failed
from studio.desk.sampler_thread import Restarted
from studio.store.gallery import list_batches
from studio.store.rows import RowsCache


@pytest.fixture
def drawing(workspace, worker, sampler):
    made = BatchDrawing(workspace, worker, sampler, RowsCache())
    made.told = []
    for name in ("batch_grew", "restarted", "ended", "failed", "compared"):
        getattr(made, name).connect(lambda what, name=name: made.told.append((name, what)))
    return made


@pytest.fixture
def file(workspace):
    return workspace.path / "models" / "m-1" / "sample.onnx"


def samples(count, value=7):
    return np.full((count, 2, 2, 1), value, np.uint8)


def names(drawing):
    return [name for name, _ in drawing.told]


def test_samples_come_and_are_kept(drawing, sampler, toy, file, worker, workspace):
    batch = drawing.draw(toy, file, SampleRequest(count=3, labels=(1,)))
    (asked,) = sampler.asked
    assert drawing.current.batch is batch
    assert drawing.draw(toy, file, SampleRequest(count=3, labels=(1,))) is None
    asked.give(samples(3), done=2)
    worker.settle()
    assert (batch.num_ready, drawing.current.provider) == (2, "CPUExecutionProvider")
    asked.finish()
    worker.settle()
    assert drawing.current is None
    assert names(drawing) == ["batch_grew", "ended"]
    ((folder, document),) = list_batches(workspace)
    assert (batch.folder, document.request.count, document.file) == (folder, 3, "models/m-1/sample.onnx")
    assert document.provider == "CPUExecutionProvider"


def test_what_came_before_it_was_cancelled_is_kept(drawing, sampler, toy, file, worker, workspace):
    drawing.draw(toy, file, SampleRequest(count=4, labels=(1,)))
    (asked,) = sampler.asked
    asked.give(samples(4), done=3)
    drawing.cancel()
    assert asked.cancelled
    asked.tell(Cancelled())
    worker.settle()
    ((_, document),) = list_batches(workspace)
    assert document.request.count == 3


def test_without_any_nothing_is_kept_and_why_is_said(drawing, sampler, toy, file, worker, workspace):
    batch = drawing.draw(toy, file, SampleRequest(count=4, labels=(1,)))
    sampler.asked[0].tell(Failed("The file is damaged."))
    worker.settle()
    assert drawing.told == [("ended", batch), ("failed", "The file is damaged.")]
    assert list(list_batches(workspace)) == []


def test_a_service_that_died_gives_the_samples_once_more(drawing, sampler, toy, file, worker):
    batch = drawing.draw(toy, file, SampleRequest(count=4, labels=(1,)))
    (asked,) = sampler.asked
    asked.give(samples(4), done=3)
    asked.tell(Restarted())
    asked.give(samples(4), done=1)
    worker.settle()
    assert names(drawing) == ["batch_grew", "restarted", "batch_grew"]
    assert batch.num_ready == 1


def test_what_is_no_image_is_given_up(drawing, sampler, toy, file, worker):
    drawing.draw(toy, file, SampleRequest(count=4, labels=(1,)))
    (asked,) = sampler.asked
    asked.give(np.zeros((4, 3), np.float32))
    asked.finish()
    worker.settle()
    assert asked.cancelled
    assert names(drawing) == ["ended", "failed"]
    assert drawing.told[1][1].startswith("Toy cannot be shown. It gives float32 [3] for each sample, not images")
    assert drawing.current is None


@pytest.mark.parametrize(("value", "differing", "largest"), [(7, 0, 0), (9, 4, 2)])
def test_a_sample_drawn_again_is_compared_and_not_kept(drawing, sampler, toy, file, worker, value, differing, largest):
    batch = drawing.draw(toy, file, SampleRequest(count=3, labels=(1,)))
    sampler.asked[0].give(samples(3))
    sampler.asked[0].finish()
    worker.settle()
    drawing.again(file, batch, 2)
    again = sampler.asked[1]
    assert (again.request.count, again.request.start) == (1, 2)
    again.give(samples(1, value))
    again.finish()
    worker.settle()
    compared = drawing.told[-1][1]
    assert (compared.position, compared.differing, compared.largest) == (2, differing, largest)
    assert not again.output.exists()


def test_closing_keeps_what_came_and_hears_nothing_more(drawing, sampler, toy, file, worker, workspace):
    drawing.draw(toy, file, SampleRequest(count=4, labels=(1,)))
    sampler.asked[0].give(samples(4), done=2)
    worker.settle()
    told = list(drawing.told)
    drawing.close()
    assert sampler.closed
    sampler.asked[0].tell(Cancelled())
    worker.settle()
    assert drawing.told == told
    ((_, document),) = list_batches(workspace)
    assert document.request.count == 2
