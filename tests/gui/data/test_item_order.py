"""The items are shown the least likely first by a model, which is measured in a process of its own."""

import shutil

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from studio.core.manifest import Manifest, noise_input
from studio.desk.ranking import Ranking
from studio.store.model import write_manifest
from studio.testing import toy_dataset, toy_table
from tests.evaluate.conftest import gaussian_file

__all__ = ["gaussian_file"]

CLASSES = ("class 0", "class 1")


@pytest.fixture
def toy(workspace):
    """40 dark items of 2 x 2 pixels, of which number 7 is bright."""
    dataset = toy_dataset(workspace, (2, 2, 1), 2, 40)
    items = np.ones((40, 2, 2, 1), np.uint8)
    items[7] = 200
    np.save(workspace.folder("datasets") / dataset.document.id / "items.npy", items)
    return dataset


@pytest.fixture
def model(workspace, toy, gaussian_file):
    """A model in the workspace that likes dark items."""
    folder = workspace.folder("models") / "dark"
    folder.mkdir()
    shutil.copy(gaussian_file(classes=CLASSES), folder / "log_prob.onnx")
    shutil.copy(folder / "log_prob.onnx", folder / "sample.onnx")
    write_manifest(folder, Manifest(inputs=(noise_input((4,)),), title="Dark", shape=toy.spec.shape, model="dark"))
    return folder


@pytest.fixture
def browser(page, wait_until, context):
    context.watch.look_now()
    wait_until(lambda: page.browser.grid._source is not None and page.browser.order.box.count() == 2)
    return page.browser


def test_the_least_likely_come_first_and_say_it(toy, model, browser, wait_until):
    order = browser.order
    assert [order.box.itemText(row) for row in range(2)] == ["In their order", "Least likely by Dark"]
    assert browser.grid._source.caption(0).startswith("Item 0,")
    order.box.setCurrentIndex(1)
    assert order.progress.isVisibleTo(browser)
    wait_until(lambda: browser.grid._source.caption(0).startswith("Item 7,"))
    assert not order.progress.isVisibleTo(browser)
    assert "log p -" in browser.grid._source.caption(0)
    assert browser.notice.text.startswith("The least likely first, which need not be wrong: toy protocol; exact")
    # Filters hold, and what was measured is not measured again.
    browser.class_box.setCurrentIndex(browser.class_box.findText("class 0"))
    wait_until(lambda: browser.count_label.text() == "20 of 40 items")
    assert not browser.grid._source.caption(0).startswith("Item 7,")
    browser.class_box.setCurrentIndex(0)
    order.box.setCurrentIndex(0)
    wait_until(lambda: browser.grid._source.caption(0) == "Item 0, class 0, train")
    order.box.setCurrentIndex(1)
    assert not order.progress.isVisibleTo(browser)
    wait_until(lambda: browser.grid._source.caption(0).startswith("Item 7,"))


def test_a_file_that_fails_is_said_and_the_items_stay(toy, model, browser, wait_until):
    (model / "log_prob.onnx").write_bytes(b"damaged")
    browser.order.box.setCurrentIndex(1)
    wait_until(lambda: "damaged" in browser.notice.text)
    assert browser.order.box.currentIndex() == 0
    assert browser.grid._source.caption(0).startswith("Item 0,")


def test_it_can_be_cancelled(toy, model, browser, wait_until, workspace):
    browser.order.box.setCurrentIndex(1)
    browser.order.progress.cancelled.emit()
    assert browser.order.box.currentIndex() == 0
    assert not browser.order.progress.isVisibleTo(browser)
    wait_until(lambda: list(workspace.folder("jobs").iterdir()) == [])
    assert browser.grid._source.caption(0).startswith("Item 0,")


def test_a_model_that_is_removed_is_offered_no_more(toy, model, browser, wait_until, context):
    browser.order.box.setCurrentIndex(1)
    wait_until(lambda: browser.grid._source.caption(0).startswith("Item 7,"))
    shutil.rmtree(model)
    context.watch.look_now()
    wait_until(lambda: browser.order.box.count() == 1)
    wait_until(lambda: browser.grid._source.caption(0).startswith("Item 0,"))
    assert not browser.order.box.isVisibleTo(browser)


def test_rows_are_ranked_too_with_the_likelihood_as_a_column(workspace, page, wait_until, context):
    dataset = toy_table(workspace, 2, 2, 50)
    folder = workspace.folder("models") / "flow"
    folder.mkdir()
    (folder / "log_prob.onnx").write_bytes(b"")
    (folder / "sample.onnx").write_bytes(b"")
    spec = dataset.spec.model_dump(include={"modality", "shape", "columns", "classes"})
    write_manifest(folder, Manifest(inputs=(noise_input((2,)),), title="Flow", model="flow", **spec))
    context.watch.look_now()
    browser = page.browser
    wait_until(lambda: browser.count_label.text() == "50 items" and browser.order.box.count() == 2)
    nats = np.arange(50, dtype=np.float64)
    nats[[30, 31]] = -7.25, -np.inf
    browser.order._ranker._kept[browser._folder, folder] = Ranking(nats, "exact")
    rows, titles = (
        browser.rows.view.rows,
        lambda: [rows.headerData(section, Qt.Orientation.Horizontal) for section in range(rows.columnCount())],
    )
    assert titles() == ["class", "split", "column 0", "column 1"]
    browser.order.box.setCurrentIndex(1)
    wait_until(lambda: titles() == ["log p", "class", "split", "column 0", "column 1"])
    assert rows.choice.numbers[:3].tolist() == [31, 30, 0]
    wait_until(lambda: rows.cell(0, 0) is not None)
    assert [rows.index(row, 0).data() for row in range(2)] == ["impossible", "-7.25"]
    assert browser.notice.text == "The least likely first, which need not be wrong: exact."
    # What was asked of the likelihood is not asked of rows that have none.
    browser.search_edit.setText("log p < 3")
    QTest.keyClick(browser.search_edit, Qt.Key.Key_Return)
    wait_until(lambda: browser.count_label.text() == "5 of 50 items")
    browser.order.box.setCurrentIndex(0)
    wait_until(lambda: browser.count_label.text() == "50 items")
    assert titles() == ["class", "split", "column 0", "column 1"]
    assert browser.rows.words.buttons == []
