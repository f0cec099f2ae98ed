"""Imports that run: their progress, their queue, their cancel, their failure; nothing is left of what ends early."""

import os

import pytest


@pytest.fixture
def many(make_files):
    """Enough files that an import can be caught at work."""
    return make_files([f"{number:04}.png" for number in range(1500)], folder="many")


@pytest.fixture
def start(page, looked):
    """Begin to import paths at a size that takes a while."""

    def begin(*paths):
        sheet = looked(*paths)
        sheet.form.blockSignals(True)
        sheet.form.size_box.setCurrentIndex(sheet.form.size_box.findText("Custom"))
        sheet.form.custom_edit.setText("400")
        sheet.form.blockSignals(False)
        sheet.import_button.click()

    return begin


def test_progress_then_cancel_leaves_nothing(page, many, start, wait_until, context, nothing_left):
    start(many)
    wait_until(lambda: any("Decoding" in text for text in page.strip.texts()))
    assert page.browser.isHidden() or page.isEnabled()
    (row,) = page.strip._rows.values()
    row.progress._cancel.click()
    wait_until(lambda: not page.queue.rows)
    assert context.toasts.texts[-1] == "The import of 'many' was cancelled; nothing was added."
    assert page.strip.texts() == []
    wait_until(nothing_left)
    assert os.listdir(context.workspace.folder("datasets")) == []


def test_closing_the_window_cancels_and_leaves_nothing(page, many, pets, start, wait_until, context, nothing_left):
    start(many)
    wait_until(lambda: any("Decoding" in text for text in page.strip.texts()))
    page.receive({"paths": [pets]})
    page.closing()
    assert nothing_left()
    assert os.listdir(context.workspace.folder("datasets")) == []


def test_imports_wait_for_one_another(page, many, pets, start, looked, wait_until):
    start(many)
    looked(pets).import_button.click()
    page.add_example()
    assert [row.title for row in page.queue.rows] == ["many", "pets", "digits"]
    assert page.strip.texts()[1:] == ["Waits for the imports before it"] * 2
    second = page.strip._rows[page.queue.rows[1]]
    second.cancel_button.click()
    assert [row.title for row in page.queue.rows] == ["many", "digits"]
    page.queue.cancel(page.queue.rows[0])
    wait_until(lambda: [card.texts()[0] for card in page.cards.cards] == ["digits"])
    # The workspace shows it a little before the import has said so.
    wait_until(lambda: page.queue.rows == [])


def test_a_failed_import_can_be_changed_and_tried_again(page, pets, looked, wait_until, tmp_path, nothing_left):
    sheet = looked(pets)
    sheet.form.fit_box.setCurrentIndex(sheet.form.fit_box.findText("Pad"))
    wait_until(lambda: not sheet.looking)
    pets.rename(tmp_path / "elsewhere")
    sheet.import_button.click()
    wait_until(lambda: page.strip.notices)
    assert page.strip.texts() == [f"'pets' was not added. {pets} does not exist; check the path."]
    wait_until(nothing_left)
    (tmp_path / "elsewhere").rename(pets)
    page.strip.notices[0]._button.click()
    wait_until(lambda: not sheet.looking)
    assert sheet.form.fit_box.currentText() == "Pad"
    assert sheet.form.name_edit.text() == "pets"
    sheet.import_button.click()
    wait_until(lambda: len(page.cards.cards) == 1)
    wait_until(lambda: page.strip.texts() == ["Added 30 items as 'pets'; 1 was refused."])
