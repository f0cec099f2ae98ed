"""Samples that the disk refused are shown, and kept as soon as it takes them."""

import errno

import pytest

from studio.desk import batch_writer
from studio.store.gallery import BatchDocument, list_batches


def batches(workspace):
    return [(folder, found) for folder, found in list_batches(workspace) if isinstance(found, BatchDocument)]


@pytest.fixture
def full_disk(monkeypatch):
    """Nothing can be put into the gallery until this is undone."""

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(batch_writer, "create_batch", full)
    return monkeypatch


def test_samples_that_could_not_be_kept_stay_and_can_be_kept_later(add_model, open_page, kept, wait_until, full_disk):
    add_model()
    page = open_page()
    page.controls.count.setValue(4)
    page.controls.sample.click()
    wait_until(lambda: not page.panel.unkept.isHidden())
    assert page.panel.unkept.text == (
        "The samples are shown but could not be kept: the disk is full; free some space and try again"
    )
    assert all(page.samples.picture(index) is not None for index in range(4))
    page.panel.grid.set_current(2)
    page.inspector.star.click()
    full_disk.undo()
    page.panel.unkept._button.click()
    kept(page, 1)
    wait_until(lambda: not page.marks.busy)
    assert batches(page.context.workspace)[0][1].starred == (2,)
    assert page.panel.unkept.isHidden()


def two_unkept(add_model, open_page, wait_until):
    """A page with two requests that could not be kept."""
    add_model()
    page = open_page()
    page.controls.count.setValue(4)
    for count in (1, 2):
        page.controls.sample.click()
        wait_until(lambda: len(page.drawing.writer._unkept) == count)  # noqa: B023
    return page


def test_every_batch_that_could_not_be_kept_can_be_kept_later(add_model, open_page, kept, wait_until, full_disk):
    page = two_unkept(add_model, open_page, wait_until)
    assert page.panel.unkept.text.startswith("The samples of 2 requests are shown but could not be kept: the disk is")
    # A request that is kept does not hide that others are not.
    full_disk.undo()
    page.controls.sample.click()
    wait_until(lambda: len(batches(page.context.workspace)) == 1 and page.drawing.current is None)
    assert not page.panel.unkept.isHidden()
    page.panel.unkept._button.click()
    kept(page, 3)
    assert page.panel.unkept.isHidden()


def test_what_could_not_be_kept_is_tried_again_when_the_window_closes(add_model, open_page, wait_until, full_disk):
    page = two_unkept(add_model, open_page, wait_until)
    page.panel.grid.set_current(1)
    page.inspector.star.click()
    full_disk.undo()
    page.closing()
    found = sorted(
        (document for _, document in batches(page.context.workspace)), key=lambda document: document.request.seed
    )
    assert len(found) == 2
    # The newest stands first; its star is kept with it.
    assert [document.starred for document in found] == [(), (1,)]
