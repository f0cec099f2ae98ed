"""Items are marked to be left out, put back, and left out of a new data set that is trained on."""

import shutil

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from studio.core.manifest import Manifest, noise_input
from studio.data.dataset import open_dataset
from studio.store.model import write_manifest
from studio.testing import toy_dataset, toy_table
from tests.evaluate.conftest import gaussian_file

__all__ = ["gaussian_file"]

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def toy(workspace):
    """40 items of 2 x 2 pixels, the last five of which are the first five again; number 7 is bright."""
    dataset = toy_dataset(workspace, (2, 2, 1), 2, 40)
    items = np.random.default_rng(0).integers(0, 60, (40, 2, 2, 1)).astype(np.uint8)
    items[7] = [[[200], [255]], [[220], [180]]]
    items[35:] = items[:5]
    np.save(workspace.folder("datasets") / dataset.document.id / "items.npy", items)
    return dataset


@pytest.fixture
def browser(toy, page, wait_until, context):
    context.watch.look_now()
    wait_until(lambda: page.browser.grid._source is not None)
    return page.browser


@pytest.fixture
def marked(browser):
    return lambda: browser.excluded.marks.numbers.tolist()


def select(browser, *places):
    browser.grid.set_current(places[0])
    for place in places[1:]:
        browser.grid._choose(place, CONTROL)


def test_keys_mark_and_undo(page, browser, marked, app):
    page.activateWindow()
    browser.grid.setFocus()
    select(browser, 3, 5)
    assert browser.selected_numbers().tolist() == [3, 5]
    QTest.keyClick(browser.grid, Qt.Key.Key_X)
    assert marked() == [3, 5]
    assert browser.excluded.label.text() == "2 images excluded"
    assert browser.excluded._bar.isVisibleTo(browser)
    assert browser.item_label.text().endswith(", excluded")
    select(browser, 5)
    browser.excluded.put_back.trigger()
    assert marked() == [3]
    assert browser.excluded.label.text() == "1 image excluded"
    assert not browser.item_label.text().endswith(", excluded")
    browser.excluded.undo.trigger()
    assert marked() == [3, 5]
    browser.excluded.all_back.trigger()
    assert marked() == []
    assert not browser.excluded._bar.isVisibleTo(browser)
    browser.excluded.undo.trigger()
    browser.excluded.undo.trigger()
    assert marked() == []
    assert not browser.excluded.undo.ready
    keys = {action.objectName(): [key.toString() for key in action.shortcuts()] for action in page.offered}
    assert keys["data.exclude"] == ["Del", "X"]
    assert keys["data.exclude-undo"] == ["Backspace"]


def test_marked_tiles_are_crossed_out_also_under_a_filter(browser, marked, wait_until):
    browser.excluded.exclude_numbers(np.array([4]))
    browser.grid.set_tile_size(64)
    before = browser.grid.grab().toImage()
    browser.excluded.undo.trigger()
    assert browser.grid.grab().toImage() != before
    browser.excluded.exclude_numbers(np.array([4]))
    browser.search_edit.setText("#4")
    wait_until(lambda: browser.count_label.text() == "1 of 40 items")
    assert browser.tiles._is_struck(0)
    browser.search_edit.setText("#5")
    wait_until(lambda: browser.grid._source.caption(0).startswith("Item 5"))
    assert not browser.tiles._is_struck(0)
    select(browser, 0)
    browser.excluded.exclude.trigger()
    assert marked() == [4, 5]


def test_marks_wait_for_their_data_set(page, browser, marked, toy, wait_until, context, workspace):
    browser.excluded.exclude_numbers(np.array([1, 2]))
    other = toy_dataset(workspace, (4, 4, 1), 2, 10)
    context.watch.look_now()
    page.receive({"dataset": other.document.id})
    wait_until(lambda: browser.count_label.text() == "10 items")
    assert marked() == []
    assert not browser.excluded._bar.isVisibleTo(browser)
    page.receive({"dataset": toy.document.id})
    wait_until(lambda: browser.count_label.text() == "40 items")
    assert marked() == [1, 2]
    assert browser.excluded._bar.isVisibleTo(browser)


def test_near_duplicates(browser, marked, wait_until, nothing_left):
    browser.excluded.exclude_numbers(np.array([0]))
    browser.excluded.repeats.trigger()
    assert browser.excluded.progress.isVisibleTo(browser)
    wait_until(lambda: not browser.excluded.notice.isHidden())
    # Of the first pair, whose first is left out already, the other stays.
    assert marked() == [0, 36, 37, 38, 39]
    assert browser.excluded.notice.text.startswith(
        "4 images repeat an earlier one and are excluded. Taken for the same"
    )
    browser.excluded.undo.trigger()
    assert marked() == [0]
    wait_until(nothing_left)


def test_the_search_can_be_cancelled(browser, marked, wait_until, nothing_left):
    browser.excluded.repeats.trigger()
    browser.excluded.progress.cancelled.emit()
    wait_until(lambda: not browser.excluded.progress.isVisibleTo(browser))
    wait_until(nothing_left)
    assert marked() == []
    assert browser.excluded.notice.isHidden()


def test_a_data_set_is_made_without_them(page, browser, toy, wait_until, context, workspace, nothing_left):
    browser.excluded.exclude_numbers(np.array([7, 8]))
    browser.excluded.make.trigger()
    browser.excluded.make.trigger()  # once more by mistake
    wait_until(lambda: len(page.cards.cards) == 2 and not page.queue.rows)
    name = f"{toy.document.name} without 2 images"
    assert page.cards.cards[0].texts()[:2] == [name, "38 items"]
    wait_until(lambda: browser.count_label.text() == "38 items")
    made = open_dataset(page._chosen)
    np.testing.assert_array_equal(
        made.items, np.delete(np.asarray(open_dataset(page._rows[0].folder).items), [7, 8], 0)
    )
    assert browser.excluded.marks.count == 0
    assert "without 2 images" in page.inspector.facts.texts()["To know"]
    wait_until(nothing_left)
    assert len(page._rows) == 2


def test_one_action_trains_without_them(page, browser, wait_until, context):
    wanted = []
    page.page_wanted.connect(lambda *where: wanted.append(where))
    browser.excluded.exclude_numbers(np.array([7]))
    browser.excluded.train.trigger()
    wait_until(lambda: wanted)
    made = next(row for row in context.watch.snapshot.datasets if "without 1 image" in row.document.name)
    assert wanted == [("train", {"dataset": made.document.id, "like": ""})]


def test_who_is_elsewhere_by_then_is_asked(page, browser, wait_until, context):
    wanted = []
    page.page_wanted.connect(lambda *where: wanted.append(where))
    browser.excluded.exclude_numbers(np.array([7]))
    browser.excluded.train.trigger()
    page.hide()
    wait_until(lambda: "The data set is made." in context.toasts.texts)
    assert wanted == []
    next(toast for toast in context.toasts._shown if toast.text == "The data set is made.").button.click()
    assert wanted[0][0] == "train"


def test_what_cannot_be_made_is_said(page, browser, toy, wait_until, nothing_left):
    browser.excluded.exclude_numbers(np.arange(40))
    browser.excluded.train.trigger()
    wait_until(lambda: page.strip.notices)
    assert "would stay" in page.strip.notices[0].text
    assert "was not added" in page.strip.notices[0].text
    assert page.derived._to_train == {}
    wait_until(nothing_left)


def test_rows_of_a_table_are_struck_out(page, workspace, wait_until, context):
    toy_table(workspace)
    context.watch.look_now()
    browser = page.browser
    wait_until(lambda: browser.count_label.text() and browser.rows.view.rows.rowCount() > 10)
    view = browser.rows.view
    browser.search_edit.setText("#7")
    wait_until(lambda: view.rows.rowCount() == 1)
    view.selectRow(0)
    before = view.grab().toImage()
    browser.excluded.exclude.trigger()
    assert browser.excluded.marks.numbers.tolist() == [7]
    assert browser.excluded.label.text() == "1 row excluded"
    assert browser.item_label.text() == "Item 7, excluded"
    assert view.rows.is_struck(0)
    assert view.grab().toImage() != before
    browser.search_edit.setText("")
    wait_until(lambda: view.rows.rowCount() > 10)
    assert [row for row in range(view.rows.rowCount()) if view.rows.is_struck(row)] == [7]
    view.selectAll()
    browser.excluded.put_back.trigger()
    assert browser.excluded.marks.count == 0


@pytest.fixture
def ranked(workspace, toy, gaussian_file, browser, wait_until, context):
    """The browser, ranked by a model that likes dark items."""
    folder = workspace.folder("models") / "dark"
    folder.mkdir()
    shutil.copy(gaussian_file(classes=("class 0", "class 1")), folder / "log_prob.onnx")
    shutil.copy(folder / "log_prob.onnx", folder / "sample.onnx")
    values = {"title": "Dark", "shape": toy.spec.shape, "model": "dark", "run": "run-1"}
    write_manifest(folder, Manifest(inputs=(noise_input((4,)),), **values))
    context.watch.look_now()
    wait_until(lambda: browser.order.box.count() == 2)
    browser.order.box.setCurrentIndex(1)
    wait_until(lambda: browser.ranking.isVisibleTo(browser))
    return browser


def test_the_likelihoods_are_drawn_and_those_below_a_threshold_excluded(ranked, marked, wait_until):
    panel = ranked.ranking
    assert [curve.name() for curve in panel.plot.curves] == ["Train", "Validation and test"]
    assert panel.count_box.value() == 1
    assert panel.label.text().startswith("1 image of 40 lies below log p = -")
    panel.exclude.trigger()
    assert marked() == [7]
    panel.count_box.setValue(5)
    assert len(panel._spread.below(panel.threshold)) == 5
    assert panel.plot.line.value() == pytest.approx(panel.threshold)
    # The line is dragged to the right end: all but the likeliest.
    panel.plot.line.setValue(panel._spread.threshold(39))
    assert panel.count_box.value() == 39
    panel.count_box.setValue(0)
    assert not panel.exclude.ready
    # A filter shows what is shown beside all; the threshold stays.
    panel.count_box.setValue(10)
    threshold = panel.threshold
    ranked.class_box.setCurrentIndex(1)
    wait_until(lambda: len(panel.plot.curves) == 3)
    assert panel.threshold == threshold
    panel.exclude.trigger()
    labels = ranked._opened.data.labels
    assert set(labels[[number for number in marked() if number != 7]]) == {0}


def test_training_without_them_is_that_of_the_model_again(page, ranked, wait_until):
    wanted = []
    page.page_wanted.connect(lambda *where: wanted.append(where))
    ranked.ranking.exclude.trigger()
    ranked.excluded.train.trigger()
    wait_until(lambda: wanted)
    assert wanted[0][1]["like"] == "run-1"


def test_the_items_own_order_has_no_histogram(ranked, wait_until, theme):
    ranked.order.box.setCurrentIndex(0)
    wait_until(lambda: not ranked.ranking.isVisibleTo(ranked))
    theme.choose("light")
    theme.choose("dark")
