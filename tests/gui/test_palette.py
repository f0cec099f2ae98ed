"""The command palette: what fits best stands first, and the keyboard suffices."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QVBoxLayout

from studio.gui.palette import CommandPalette, Entry, match


@pytest.fixture
def done():
    return []


@pytest.fixture
def palette(over, done, wait_until):
    entries = [Entry(f"Number {number}", lambda number=number: done.append(number)) for number in range(30)]
    entries.append(Entry("Start the run", lambda: done.append("start"), "Ctrl+Return"))
    before = QPushButton("before", over)
    QVBoxLayout(over).addWidget(before)
    made = CommandPalette(lambda: entries, over)
    made.before = before
    over.show()
    over.activateWindow()
    before.setFocus()
    wait_until(before.hasFocus)
    return made


def test_typing_and_return_runs_the_first_and_gives_the_focus_back(palette, done):
    palette.open()
    assert palette.field.hasFocus()
    QTest.keyClicks(palette.field, "sta")
    assert palette.list.item(0).text().startswith("Start the run")
    assert "Ctrl+Return" in palette.list.item(0).text()
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert done == ["start"]
    assert palette.isHidden()
    assert palette.before.hasFocus()


def test_arrows_move_and_stop_at_the_ends(palette, done):
    palette.open()
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.list.currentRow() == 0
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    QTest.keyClick(palette.field, Qt.Key.Key_PageDown)
    assert palette.list.currentRow() == 14
    for _ in range(5):
        QTest.keyClick(palette.field, Qt.Key.Key_PageDown)
    assert palette.list.currentRow() == 30
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert done == [29]


def test_escape_does_nothing_but_go(palette, done):
    palette.open()
    QTest.keyClicks(palette.field, "num")
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert palette.isHidden()
    assert palette.before.hasFocus()
    assert done == []
    palette.open()
    assert palette.field.text() == ""


def test_nothing_fits_and_return_does_nothing(palette, done):
    palette.open()
    QTest.keyClicks(palette.field, "qqq")
    assert palette.list.count() == 0
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert done == []
    assert palette.isVisible()


def test_a_click_beside_it_closes_it_and_one_on_it_chooses(palette, done, over):
    palette.open()
    QTest.mouseClick(palette.before, Qt.MouseButton.LeftButton, pos=palette.before.rect().bottomLeft())
    assert palette.isHidden()
    assert done == []
    palette.open()
    place = palette.list.visualItemRect(palette.list.item(2)).center()
    QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert done == [2]
    assert palette.isHidden()


def test_what_had_the_focus_may_be_gone(palette, done, app):
    from PySide6.QtCore import QEvent

    palette.open()
    palette.before.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QTest.keyClicks(palette.field, "start")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert done == ["start"]


def test_it_fits_into_a_small_window(palette, over, app):
    over.resize(420, 300)
    palette.open()
    app.processEvents()
    assert over.rect().contains(palette.geometry())


def test_the_current_row_is_seen(palette, theme, app):
    """It is painted on the ground of what is selected (W4)."""
    palette.open()
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    app.processEvents()
    picture = palette.list.viewport().grab().toImage()
    grounds = []
    for row in range(3):
        place = palette.list.visualItemRect(palette.list.item(row))
        grounds.append(picture.pixelColor(place.right() - 12, place.center().y()).name())
    assert grounds[1] == theme.selected
    assert grounds[0] == grounds[2] == theme.colours.surface


def test_letters_that_are_not_there_in_this_order_do_not_fit():
    assert match("nrt", "Train") is None
    assert match("trains", "Train") is None
    assert match("", "Train") == 0
    assert match("  ", "Train") == 0


def test_the_better_fit_is_smaller():
    query = "go"
    ranked = ["Go to Data", "Let it go on", "Cargo", "Grey one"]
    ranks = [match(query, title) for title in ranked]
    assert None not in ranks
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == 4


def test_case_and_blanks_do_not_matter():
    assert match("GO TO", "Go to Data") == 0
    assert match("gtd", "Go to Data") is not None
    assert match("g t d", "Go to Data") == match("gtd", "Go to Data")
