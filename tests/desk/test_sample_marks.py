"""Stars and trashed samples: set at once, written one batch after another, the last state only."""

import numpy as np
import pytest

from studio.core.request import SampleRequest
from studio.desk.sample_marks import SampleMarks
from studio.desk.sample_store import load_batches
from studio.store.gallery import BatchDocument, create_batch, draft_path, list_batches


@pytest.fixture
def batches(workspace):
    """Two kept batches of four samples."""
    for seed in (1, 2):
        path = draft_path(workspace)
        with open(path, "wb") as file:
            np.save(file, np.zeros((4, 2, 2, 1), np.uint8))
        request = SampleRequest(seed=seed, count=4)
        create_batch(workspace, BatchDocument(id="", model="m", request=request, created=float(seed)), path)
    return load_batches(workspace, tidy=False)[0]


@pytest.fixture
def marks(worker, said):
    return SampleMarks(worker, said)


@pytest.fixture
def written(workspace):
    """The marks of a batch as they lie on the disk."""

    def read(batch):
        document = dict(list_batches(workspace))[batch.folder]
        return document.starred, document.hidden

    return read


def test_a_star_is_given_and_taken_where_all_have_one(marks, batches, worker, written):
    one, other = batches
    changes = []
    marks.changed.connect(lambda: changes.append(1))
    marks.star([(one, 0), (other, 2)])
    assert (one.starred, other.starred, len(changes)) == ({0}, {2}, 1)
    assert marks.busy
    worker.settle()
    assert not marks.busy
    assert (written(one), written(other)) == (((0,), ()), ((2,), ()))
    marks.star([(one, 0), (one, 1)])
    assert one.starred == {0, 1}
    marks.star([(one, 0), (one, 1)])
    assert one.starred == set()


def test_only_the_last_state_of_a_batch_is_written(marks, batches, worker, written):
    one, _ = batches
    for position in range(4):
        marks.star([(one, position)])
    # The one that is being written, and one more for all that came since.
    assert len(worker.waiting) == 1
    worker.settle()
    assert written(one) == ((0, 1, 2, 3), ())


def test_what_was_thrown_away_comes_back_by_undo(marks, batches, worker, said, written):
    one, other = batches
    marks.trash([(one, 3)])
    marks.trash([(one, 1), (other, 0)])
    worker.settle()
    assert said.texts == ["Moved the sample to the trash.", "Moved 2 samples to the trash."]
    assert (written(one), written(other)) == (((), (1, 3)), ((), (0,)))
    said.press()
    worker.settle()
    assert (written(one), written(other)) == (((), (3,)), ((), ()))


def test_what_cannot_be_written_is_said_and_the_next_is_written(marks, batches, worker, monkeypatch, written):
    one, other = batches
    failures = []
    marks.failed.connect(failures.append)
    (one.folder / "batch.json").unlink()
    marks.star([(one, 0), (other, 0)])
    worker.settle()
    assert len(failures) == 1
    assert failures[0].startswith("The marks could not be kept: ")
    assert written(other) == ((0,), ())


def test_the_window_closes_with_everything_written(marks, batches, written):
    one, other = batches
    marks.star([(one, 0), (other, 1)])
    marks.flush()
    assert (written(one), written(other)) == (((0,), ()), ((1,), ()))
