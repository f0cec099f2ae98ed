"""Progress in words, and Cancel that can be pressed once."""

from PySide6.QtWidgets import QProgressBar, QPushButton

from studio.gui.progress_row import ProgressRow


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
