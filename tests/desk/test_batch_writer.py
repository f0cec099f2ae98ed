"""Batches are put into the workspace, and those that could not be are remembered."""

import errno

import numpy as np
import pytest

from studio.core.request import SampleRequest
from studio.desk import batch_writer
from studio.desk.batch_writer import BatchWriter
from studio.desk.sample_store import Batch
from studio.store.gallery import BatchDocument, draft_path, list_batches
from studio.store.rows import RowsCache


@pytest.fixture
def writer(workspace, worker):
    made = BatchWriter(workspace, worker, RowsCache())
    made.told = []
    made.kept.connect(lambda batch: made.told.append("kept"))
    made.unkept_changed.connect(lambda: made.told.append(made.problem))
    return made


@pytest.fixture
def batch(workspace):
    path = draft_path(workspace)
    with open(path, "wb") as file:
        np.save(file, np.zeros((2, 2, 2, 1), np.uint8))
    return Batch(BatchDocument(id="", model="m", request=SampleRequest(count=2), created=1.0), path, None, 2)


@pytest.fixture
def full_disk(monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(batch_writer, "create_batch", full)
    return monkeypatch


def test_a_batch_is_written_once_and_knows_where_it_lies(writer, batch, worker, workspace):
    writer.keep(batch)
    writer.keep(batch)
    worker.settle()
    ((folder, _),) = list_batches(workspace)
    assert (batch.folder, batch.document.id, batch.samples.parent) == (folder, folder.name, folder)
    assert (writer.told, writer.problem) == (["kept"], "")


def test_what_the_disk_refused_is_said_and_tried_again(writer, batch, worker, full_disk, workspace):
    writer.keep(batch)
    worker.settle()
    sentence = "The samples are shown but could not be kept: the disk is full; free some space and try again"
    assert writer.told == [sentence]
    full_disk.undo()
    writer.keep_again()
    worker.settle()
    assert writer.told == [sentence, "", "kept"]
    assert len(list_batches(workspace)) == 1


def test_closing_tries_once_more(writer, batch, worker, full_disk, workspace):
    writer.keep(batch)
    worker.settle()
    batch.starred.add(1)
    full_disk.undo()
    writer.close()
    ((_, document),) = list_batches(workspace)
    assert document.starred == (1,)
