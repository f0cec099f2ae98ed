"""The same samples of every model: row by row, in the background, crisp, and cancelled where that is wanted."""

import numpy as np
import pytest


@pytest.fixture
def page(open_page, add_model):
    add_model("a", family="vae")
    add_model("b", family="gan")
    made = open_page(2)
    made.choose_view(1)
    return made


def draw(page, wait_until, count=6, seed=5):
    view = page.samples
    view.count.setValue(count)
    view.seed.setValue(seed)
    view.draw.click()
    wait_until(lambda: view.drawing.running is None, 60)


def test_the_same_numbers_of_every_model_with_classes_in_turn(page, wait_until):
    draw(page, wait_until)
    grid, drawing = page.samples.pictures.samples, page.samples.drawing
    assert (grid.rowCount(), grid.columnCount()) == (2, 6)
    first, second = (np.stack([drawing.picture(one.folder, k) for k in range(6)]) for one in grid.subjects)
    assert first.shape == (6, 4, 4, 1)
    # Two copies of one file answer the same seed with the same pixels.
    assert np.array_equal(first, second)
    assert first[1::2].mean() > first[0::2].mean() + 20
    assert len(np.unique(first[0::2].reshape(3, -1), axis=0)) == 3
    assert grid.headerData(1, page_orientation()) == "1\nbright"
    assert grid.caption(0, 1) == f"{grid.subjects[0].name}, seed 5, number 1, bright"


def page_orientation():
    from PySide6.QtCore import Qt

    return Qt.Orientation.Horizontal


def test_only_what_is_missing_is_drawn_again(page, wait_until):
    draw(page, wait_until)
    drawing = page.samples.drawing
    before = [drawing.drawn(one.folder) for one in page.subjects]
    draw(page, wait_until)
    assert [drawing.drawn(one.folder) for one in page.subjects] == before
    draw(page, wait_until, seed=6)
    assert all(drawing.drawn(one.folder) not in before for one in page.subjects)
    assert [entry.path.exists() for entry in before] == [False, False]


def test_a_model_that_fails_is_named_and_the_others_are_drawn(page, wait_until):
    (page.subjects[0].folder / "sample.onnx").write_bytes(b"no model")
    draw(page, wait_until)
    drawing = page.samples.drawing
    assert drawing.drawn(page.subjects[0].folder).problem
    assert drawing.drawn(page.subjects[1].folder).num_ready == 6
    assert page.samples.notice.text == "One model could not be drawn from."


def test_cancelling_keeps_what_came_and_draws_no_more(page, wait_until):
    view = page.samples
    view.draw.click()
    assert view.progress.isVisible()
    view.progress.cancelled.emit()
    assert view.drawing.running is None
    assert not view.progress.isVisible()
    draw(page, wait_until)
    assert [view.drawing.drawn(one.folder).num_ready for one in page.subjects] == [6, 6]


def test_what_was_drawn_goes_with_the_page(page, wait_until):
    draw(page, wait_until)
    folder = page.samples.drawing.drawn(page.subjects[0].folder).path.parent
    assert folder.exists()
    page.closing()
    assert not folder.exists()
