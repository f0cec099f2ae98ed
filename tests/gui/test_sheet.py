"""A sheet lies over the window, takes the keyboard, and goes with Esc or a click beside it."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton, QTableWidget

from studio.desk.doctor import ask_doctor
from studio.gui.bridge import Bridge
from studio.gui.palette import Entry
from studio.gui.sheet import SENTENCES, TITLE, Sheet, open_doctor, open_help
from studio.gui.widgets import PlainLabel


@pytest.fixture
def sheet(over, wait_until):
    over.show()
    over.activateWindow()
    made = Sheet("Title", over)
    made.gone = []
    made.dismissed.connect(lambda: made.gone.append(1))
    made.open()
    wait_until(made.close_button.hasFocus)
    return made


def test_it_covers_the_window_with_its_panel_in_the_middle(sheet, over):
    assert sheet.geometry() == over.rect()
    assert over.rect().contains(sheet.panel.geometry())
    assert abs(sheet.panel.geometry().center().x() - over.rect().center().x()) <= 1


def test_escape_closes_it(sheet):
    QTest.keyClick(sheet.close_button, Qt.Key.Key_Escape)
    assert sheet.gone == [1]
    assert sheet.isHidden()


def test_a_click_beside_it_closes_it_and_one_on_it_does_not(sheet):
    QTest.mouseClick(sheet, Qt.MouseButton.LeftButton, pos=sheet.panel.geometry().center())
    assert sheet.gone == []
    QTest.mouseClick(sheet, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert sheet.gone == [1]


def test_it_follows_the_window(sheet, over, app):
    over.resize(980, 620)
    app.processEvents()
    assert sheet.geometry() == over.rect()
    assert over.rect().contains(sheet.panel.geometry())


def test_the_keyboard_stays_inside(sheet, over, app):
    beneath = QLineEdit(over)
    beneath.show()
    sheet.raise_()
    first, second = QPushButton("first"), QPushButton("second")
    for button in (first, second):
        sheet.content.addWidget(button)
    app.processEvents()
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        visited = []
        for _ in range(6):
            QTest.keyClick(over.focusWidget(), key)
            visited.append(over.focusWidget())
        assert set(visited) == {sheet.close_button, first, second}
        assert visited[:3] == visited[3:]


def test_one_of_the_same_title_takes_its_place(sheet, over):
    again = Sheet("Title", over)
    again.open()
    assert sheet.gone == [1]
    assert again.isVisible()
    other = Sheet("Another", over)
    other.open()
    assert again.isVisible()


def test_the_focus_goes_back_to_where_it_was(over, app, wait_until):
    QPushButton("first in line", over)
    button = QPushButton("before", over)
    over.show()
    over.activateWindow()
    button.setFocus()
    wait_until(button.hasFocus)
    sheet = Sheet("Title", over)
    sheet.open()
    wait_until(sheet.close_button.hasFocus)
    sheet.dismiss()
    assert button.hasFocus()


def cells(sheet):
    table = sheet.findChild(QTableWidget)
    return [
        [table.item(row, column).text() for column in range(table.columnCount())] for row in range(table.rowCount())
    ]


def test_help_lists_every_key_that_there_is(over, app):
    over.show()
    found = cells(open_help(over, [Entry("Quit", print, "Ctrl+Q"), Entry("No key", print)]))
    assert ["Quit", "Ctrl+Q"] in found
    assert ["Close what lies on top", "Esc"] in found
    assert not [row for row in found if row[0] == "No key"]


def test_how_we_measure_is_ten_sentences_and_opens_from_the_help(over):
    over.show()
    (button,) = [button for button in open_help(over, []).findChildren(QPushButton) if button.text() == TITLE]
    button.click()
    (sheet,) = [sheet for sheet in over.findChildren(Sheet) if sheet.title == TITLE]
    said = [label.text() for label in sheet.findChildren(PlainLabel)]
    assert [text for text in said if text[0].isdigit()] == [f"{n}. {text}" for n, text in enumerate(SENTENCES, 1)]
    assert len(SENTENCES) == 10


def test_what_the_doctor_finds_is_shown(over, tmp_path, wait_until, monkeypatch):
    import studio.gui.sheet as doctor

    findings = [{"name": "Torch", "state": "bad", "detail": "<b>missing</b>"}]
    monkeypatch.setattr(doctor, "ask_doctor", lambda workspace: findings)
    over.show()
    bridge = Bridge()
    sheet = open_doctor(over, bridge, tmp_path)
    wait_until(lambda: cells(sheet))
    assert cells(sheet) == [["Broken", "Torch", "<b>missing</b>"]]
    bridge.close()


def test_a_doctor_that_does_not_answer_is_said(over, tmp_path, wait_until, monkeypatch):

    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(OSError, match="did not answer"):
        ask_doctor(tmp_path)
    over.show()
    bridge = Bridge()
    sheet = open_doctor(over, bridge, tmp_path)
    from studio.gui.widgets import SecondaryLabel

    wait_until(lambda: "could not be had" in sheet.findChild(SecondaryLabel).text())
    bridge.close()
