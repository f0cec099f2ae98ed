"""Rows of a table are browsed: read when they come into view, sorted, filtered, plotted and selected."""

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.gui.data.row_menu import RowMenu
from studio.testing import toy_dataset, toy_mixed_table, toy_table


@pytest.fixture
def browser(workspace, page, context, wait_until):
    """The browser of 500 rows with a column of every kind."""
    toy_mixed_table(workspace, 2, 500)
    context.watch.look_now()
    wait_until(lambda: page.browser.count_label.text() == "500 items")
    return page.browser


@pytest.fixture
def items(browser):
    return np.array(browser._opened.data.items)


@pytest.fixture
def cell(browser, wait_until):
    """What a cell says, once it is read."""

    def read(row, name):
        rows = browser.rows.view.rows
        titles = [rows.headerData(section, Qt.Orientation.Horizontal) for section in range(rows.columnCount())]
        section = titles.index(name)
        wait_until(lambda: rows.cell(row, section) is not None)
        return rows.index(row, section).data()

    return read


@pytest.fixture
def header(browser, wait_until):
    """Points in the header by the name of a column, which is brought into view."""

    def find(name, bar=None):
        head, rows = browser.rows.view.header, browser.rows.view.rows
        titles = [rows.headerData(section, Qt.Orientation.Horizontal) for section in range(rows.columnCount())]
        section = titles.index(name)
        browser.rows.view.scrollTo(rows.index(0, section))
        if bar is None:
            return QPoint(head.sectionViewportPosition(section) + 20, 10)
        wait_until(lambda: head._counted(section) is not None)
        return head.bar_rect(section, bar).center().toPoint()

    return find


def press(browser, point, to=None):
    viewport = browser.rows.view.header.viewport()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=point)
    if to is not None:
        QTest.mouseMove(viewport, to)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=to or point)


def numbers(browser):
    return browser.rows._choice.numbers


def test_cells_say_what_the_data_say(browser, items, cell):
    assert not browser.grid.isVisible()
    assert browser.rows.isVisible()
    assert not browser.size_slider.isVisibleTo(browser)
    assert cell(0, "rooms") == str(int(items[0, 1]))
    assert cell(0, "class") == "class 0"
    assert cell(499, "split") in ("train", "validation", "test")
    gone = int(np.flatnonzero(np.isnan(items[:, 2]))[0])
    assert cell(gone, "colour") == ""
    assert cell(3, "day").startswith("20")
    assert browser.rows.view.rows.headerData(412, Qt.Orientation.Vertical) == "412"


def test_only_what_is_in_view_is_read(workspace, page, context, wait_until):
    folder = workspace.folder("datasets") / toy_table(workspace, 3, 2, 5000).document.id
    context.watch.look_now()
    wait_until(lambda: page.browser.count_label.text() == "5,000 items")
    view = page.browser.rows.view
    wait_until(lambda: view.rows._pages)
    view.scrollToBottom()
    wait_until(lambda: 4999 // 64 in view.rows._pages)
    assert len(view.rows._pages) < 8
    assert folder.exists()


def test_a_click_on_a_name_sorts_up_down_and_back(browser, items, header, wait_until, cell):
    point = header("length")
    press(browser, point)
    wait_until(lambda: numbers(browser)[0] == np.nanargmin(items[:, 0]))
    assert cell(0, "length") == str(np.nanmin(items[:, 0]))
    assert cell(499, "length") == ""
    press(browser, point)
    wait_until(lambda: numbers(browser)[0] == np.nanargmax(items[:, 0]))
    assert cell(499, "length") == ""
    press(browser, point)
    wait_until(lambda: numbers(browser).tolist() == list(range(500)))
    assert cell(0, "class") == "class 0"


def test_a_click_on_a_bar_filters_and_again_takes_it_away(browser, items, header, wait_until):
    press(browser, header("sold", 0))
    wait_until(lambda: browser.count_label.text() != "500 items")
    shown = numbers(browser)
    assert len(set(items[shown, 3].tolist())) == 1
    assert len(shown) == (items[:, 3] == items[shown[0], 3]).sum()
    (button,) = browser.rows.words.buttons
    assert button.text() in ("sold = no", "sold = yes")
    press(browser, header("sold", 0))
    wait_until(lambda: browser.count_label.text() == "500 items")
    assert browser.rows.words.buttons == []


def test_a_drag_over_bars_filters_by_their_range(browser, items, header, wait_until):
    # Where the bars lie is asked once all of them are there.
    header("rooms", 2)
    press(browser, header("rooms", 1), header("rooms", 2))
    wait_until(lambda: browser.rows.words.buttons)
    assert browser.rows.words.buttons[0].text() == "2 ≤ rooms ≤ 3"
    assert numbers(browser).tolist() == np.flatnonzero((items[:, 1] >= 2) & (items[:, 1] <= 3)).tolist()
    browser.rows.words.buttons[0].click()
    wait_until(lambda: browser.count_label.text() == "500 items")


def test_a_condition_is_typed_kept_and_taken_away(browser, items, wait_until):
    browser.search_edit.setText("rooms > 3")
    many = int((items[:, 1] > 3).sum())
    wait_until(lambda: browser.count_label.text() == f"{many} of 500 items")
    assert browser.rows.words.buttons == []
    QTest.keyClick(browser.search_edit, Qt.Key.Key_Return)
    assert browser.search_edit.text() == ""
    wait_until(lambda: [button.text() for button in browser.rows.words.buttons] == ["rooms > 3"])
    browser.search_edit.setText("colour = missing")
    both = int(((items[:, 1] > 3) & np.isnan(items[:, 2])).sum())
    wait_until(lambda: browser.count_label.text() == f"{both} of 500 items")
    browser.search_edit.setText("color = missing")
    wait_until(lambda: browser.notice.text.startswith("No column is called 'color'; they are length, rooms,"))
    assert browser.count_label.text() == f"{many} of 500 items"
    QTest.keyClick(browser.search_edit, Qt.Key.Key_Return)
    assert browser.search_edit.text() == "color = missing"
    browser.search_edit.setText("rooms > 99")
    wait_until(lambda: browser.notice.text == "No item passes the filters.")
    browser.notice._button.click()
    wait_until(lambda: browser.count_label.text() == "500 items")


def test_selected_rows_are_told_by_their_numbers_and_marked(browser, items, header, wait_until):
    press(browser, header("length"))
    wait_until(lambda: numbers(browser)[0] == np.nanargmin(items[:, 0]))
    told = []
    browser.selection_changed.connect(lambda: told.append(browser.selected_numbers().tolist()))
    view = browser.rows.view
    view.selectRow(2)
    picked = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    view.selectionModel().select(view.rows.index(9, 0), picked)
    expected = numbers(browser)[[2, 9]].tolist()
    assert told[-1] == browser.selected_numbers().tolist() == expected
    assert browser.rows.plot._marked.tolist() == expected
    assert browser.item_label.text() == f"Item {numbers(browser)[2]}, 2 rows selected"
    view.selectAll()
    assert browser.selected_numbers().tolist() == numbers(browser).tolist()
    browser.split_box.setCurrentIndex(3)
    wait_until(lambda: browser.count_label.text() != "500 items")
    assert told[-1] == []
    assert browser.item_label.text() == ""


def test_two_columns_are_plotted_or_one_as_a_histogram(browser, wait_until):
    plot = browser.rows.plot
    wait_until(lambda: not plot.canvas.image.isNull())
    assert plot.across_box.currentText() == "length"
    assert plot.along_box.currentText() == "rooms"
    before = plot.canvas.image
    plot.across_box.setCurrentText("colour")
    wait_until(lambda: plot.canvas.image != before)
    plot.along_box.setCurrentText("How many")
    assert len(plot.columns()) == 1
    # Filters leave the columns as they are.
    browser.split_box.setCurrentIndex(3)
    wait_until(lambda: browser.count_label.text() != "500 items")
    assert (plot.across_box.currentText(), plot.along_box.currentText()) == ("colour", "How many")


@pytest.fixture
def menu(browser, cell):
    """The menu of a cell, by its row and column, as the key of menus opens it: its words, and what chooses one."""
    view = browser.rows.view

    def open_menu(row, name):
        cell(row, name)
        titles = [view.rows.headerData(at, Qt.Orientation.Horizontal) for at in range(view.rows.columnCount())]
        view.setCurrentIndex(view.rows.index(row, titles.index(name)))
        point = view.mapToGlobal(QPoint(0, 0))
        event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), point)
        QApplication.sendEvent(view.viewport(), event)
        (found,) = browser.rows.findChildren(RowMenu)
        return {action.text(): action for action in found.actions() if action.text()}, found

    return open_menu


def test_keys_sort_filter_and_plot_by_a_menu(browser, items, menu, wait_until, app):
    words, opened = menu(0, "rooms")
    rooms = int(items[0, 1])
    assert list(words) == [
        "Sort by rooms, rising",
        "Sort by rooms, falling",
        "Do not sort",
        f"Only rooms = {rooms}",
        f"Only rooms ≠ {rooms}",
        "Plot rooms across",
        "Plot rooms upwards",
    ]
    words["Plot rooms across"].trigger()
    assert browser.rows.plot.across_box.currentText() == "rooms"
    words["Sort by rooms, falling"].trigger()
    wait_until(lambda: items[numbers(browser)[0], 1] == items[:, 1].max())
    words[f"Only rooms ≠ {rooms}"].trigger()
    wait_until(lambda: browser.count_label.text() == f"{int((items[:, 1] != rooms).sum())} of 500 items")
    opened.close()
    wait_until(lambda: not browser.rows.findChildren(RowMenu))


def test_a_menu_of_a_missing_cell(browser, items, menu, wait_until):
    words, opened = menu(int(np.flatnonzero(np.isnan(items[:, 2]))[0]), "colour")
    words["Only colour is not missing"].trigger()
    wait_until(lambda: browser.count_label.text() == f"{int((~np.isnan(items[:, 2])).sum())} of 500 items")
    opened.close()


def test_a_table_after_pictures_and_pictures_after_a_table(browser, workspace, page, context, wait_until):
    table = browser._folder
    pictures = workspace.folder("datasets") / toy_dataset(workspace, (8, 8, 1), 2, 40).document.id
    context.watch.look_now()
    wait_until(lambda: len(page.cards.cards) == 2)
    page.receive({"dataset": pictures.name})
    wait_until(lambda: browser.count_label.text() == "40 items")
    assert browser.grid.isVisible()
    assert not browser.rows.isVisible()
    assert browser.size_slider.isVisibleTo(browser)
    browser.grid.set_current(7)
    assert browser.selected_numbers().tolist() == [7]
    page.receive({"dataset": table.name})
    wait_until(lambda: browser.count_label.text() == "500 items")
    assert browser.rows.isVisible()
    assert browser.selected_numbers().tolist() == []


def test_bars_of_the_columns_in_view_only_are_counted(workspace, page, context, wait_until):
    toy_table(workspace, 36, 2, 64)
    context.watch.look_now()
    wait_until(lambda: page.browser.count_label.text() == "64 items")
    bars = page.browser.rows._bars
    wait_until(lambda: bars._found)
    assert len(bars._found) < 20
    view = page.browser.rows.view
    view.horizontalScrollBar().setValue(view.horizontalScrollBar().maximum())
    wait_until(lambda: 35 in bars._found)
    assert len(bars._found) < 30
