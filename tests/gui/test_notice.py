"""A notice says what is the matter, offers what can be done, and folds its details."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QLabel, QPlainTextEdit, QProgressBar, QPushButton

from studio.gui.notice import Notice, ProgressRow


def button(notice, text):
    found = [each for each in notice.findChildren(QAbstractButton) if text in (each.text(), each.accessibleName())]
    assert len(found) == 1
    return found[0]


@pytest.fixture
def notice(app):
    made = Notice(closable=True)
    made.resize(600, 80)
    return made


def test_it_is_not_there_until_something_is_to_be_said(notice):
    assert notice.isHidden()
    notice.set("bad", "The disk is full.")
    assert not notice.isHidden()
    assert notice.text == "The disk is full."
    notice.set("info", "")
    assert notice.isHidden()


def test_the_button_helps_and_goes_with_what_it_helped_with(notice):
    pressed = []
    notice.set("bad", "Gone.", button="Open another", on_click=lambda: pressed.append(1))
    button(notice, "Open another").click()
    assert pressed == [1]
    notice.set("warning", "Something else.")
    assert all(each.isHidden() for each in notice.findChildren(QPushButton))
    assert not [each for each in notice.findChildren(QAbstractButton) if each.text() == "Open another"]


def test_details_fold_out_and_can_be_copied(notice):
    notice.set("bad", "It failed.", details="Traceback\n  line 7")
    notice.show()
    details = notice.findChild(QPlainTextEdit)
    assert details.isHidden()
    button(notice, "Details").click()
    assert details.isVisible()
    assert details.toPlainText() == "Traceback\n  line 7"
    button(notice, "Copy details").click()
    assert QGuiApplication.clipboard().text() == "It failed.\n\nTraceback\n  line 7"
    button(notice, "Details").click()
    assert details.isHidden()
    # The next message must not show the details of the last.
    button(notice, "Details").click()
    notice.set("bad", "Another.", details="other")
    assert details.isHidden()
    notice.set("bad", "No details.")
    assert button(notice, "Details").isHidden()


def test_it_can_be_put_away_where_that_was_wanted(notice, app):
    notice.set("bad", "It failed.")
    button(notice, "Close").click()
    assert notice.isHidden()
    assert button(Notice(), "Close").isHidden()


def test_markup_in_a_message_is_shown(notice):
    notice.set("bad", "<b>bold</b>")
    label = next(each for each in notice.findChildren(QLabel) if each.text())
    assert label.textFormat() == Qt.TextFormat.PlainText


def test_count_and_note(app):
    row = ProgressRow()
    row.show_progress("Reading", 1204, 5000)
    assert row.text == "Reading 1,204 of 5,000"
    row.show_progress("Reading", 1204, 5000, "12 refused")
    assert row.text == "Reading 1,204 of 5,000, 12 refused"
    row.show_progress("Looking", 0, 0)
    assert row.text == "Looking"
    row.show_progress("Looking", 30, 0)
    assert row.text == "Looking 30"
    bar = row.findChild(QProgressBar)
    assert (bar.minimum(), bar.maximum()) == (0, 0)


def test_cancel_is_told_once_until_something_new_begins(app):
    row, told = ProgressRow(), []
    row.cancelled.connect(lambda: told.append(1))
    row.show_progress("Reading", 1, 2)
    button = row.findChild(QPushButton)
    button.click()
    button.click()
    assert told == [1]
    assert row.text == "Cancelling"
    row.show_progress("Reading", 0, 2)
    assert button.isEnabled()
