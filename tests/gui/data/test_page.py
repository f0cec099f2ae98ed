"""The Data page from an empty workspace to data sets that are looked at, removed and brought back."""

import os
import shutil
import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from studio.data.request import EXAMPLES, ImportRequest
from studio.desk.imports import QueuedImport
from studio.gui.data.page import DataPage
from studio.gui.page import PageContext


def shown(page):
    return [text for card in page.cards.cards for text in card.texts()[:2]]


def press_undo(context, wait_until):
    wait_until(lambda: any(text.startswith("Removed") for text in context.toasts.texts))
    toast = next(toast for toast in context.toasts._shown if toast.text.startswith("Removed"))
    toast.button.click()


def test_an_empty_workspace_says_what_to_do(page, wait_until):
    wait_until(lambda: page._stack.currentWidget() is page.empty)
    assert page.inspector.isHidden()
    assert page.cards.cards == []


def test_the_digits_come_in_by_one_click(page, wait_until, context, nothing_left):
    wait_until(lambda: page._stack.currentWidget() is page.empty)
    page.empty.buttons[1].click()
    wait_until(lambda: page.browser.count_label.text() == "7,000 items")
    assert shown(page) == ["digits", "7,000 items"]
    wait_until(lambda: context.toasts.texts == ["Added 7,000 items as 'digits'."])
    facts = page.inspector.facts.texts()
    assert facts["Size"] == "28 x 28 grey"
    assert facts["Refused"] == "none"
    assert "MNIST" in facts["Licence"]
    assert len(page.inspector.chart.texts()) == 10
    page.add_example()
    wait_until(lambda: len(page.cards.cards) == 2)
    assert shown(page)[0] == "digits 2"
    wait_until(nothing_left)


def test_drop_look_import(page, pets, looked, wait_until, context, nothing_left):
    sheet = looked(pets)
    assert os.listdir(context.workspace.folder("datasets")) == []
    assert sheet.found_items.summary.text() == "Found 30 images in 2 classes; 1 file will be refused."
    assert sheet.found_items.grid._source.count() == 24
    assert sheet.found_numbers.chart.texts() == [("cats", 20), ("dogs", 10)]
    reason = "it is a web page or a drawing in text, not an image in pixels"
    assert sheet.found_items.refused.texts() == [("cats/page.png", reason)]
    assert sheet.form.name_edit.text() == "pets"
    sheet.import_button.click()
    assert page._stack.currentWidget() is not sheet
    wait_until(lambda: page.browser.count_label.text() == "30 items")
    wait_until(lambda: page.strip.texts() == ["Added 30 items as 'pets'; 1 was refused."])
    assert page.cards.cards[0].row.folder == page._chosen
    page.strip.notices[0]._button.click()
    wait_until(lambda: page.inspector.refused.isVisible())
    assert page.inspector.refused.texts() == [("cats/page.png", reason)]
    wait_until(nothing_left)


def test_filters_and_search(page, listed, wait_until):
    row = listed()
    browser = page.browser
    train = np.load(row.folder / "splits.npy") == 0
    dogs = int((train & (np.load(row.folder / "labels.npy") == 1)).sum())
    assert 0 < dogs < 10

    def counts(text):
        wait_until(lambda: browser.count_label.text() == text)

    page.inspector.chart.class_clicked.emit(1)
    counts("10 of 30 items")
    assert browser.class_box.currentText() == "dogs"
    browser.split_box.setCurrentIndex(browser.split_box.findText("Train"))
    counts(f"{dogs} of 30 items")
    assert all("dogs, train" in browser.grid._source.caption(index) for index in range(dogs))
    page.inspector.chart.class_clicked.emit(1)
    counts("24 of 30 items")
    browser.split_box.setCurrentIndex(0)
    browser.search_edit.setText("CAT")
    counts("20 of 30 items")
    browser.search_edit.setText("17")
    counts("1 of 30 items")
    assert browser.grid._source.caption(0).startswith("Item 17, ")
    browser.search_edit.setText("horse")
    counts("0 of 30 items")
    assert browser.notice.text == "No item passes the filters."
    browser.notice._button.click()
    counts("30 items")
    browser.grid.set_current(3)
    assert browser.item_label.text().startswith("Item 3, ")


def test_remove_and_undo(page, listed, wait_until, context):
    row = listed()
    second = listed("pets 2")
    assert second.document.name == "pets 2"
    page.inspector.remove_button.click()
    wait_until(lambda: shown(page) == ["pets", "30 items"])
    assert not second.folder.exists()
    assert page._chosen == row.folder
    press_undo(context, wait_until)
    wait_until(lambda: len(page.cards.cards) == 2)
    assert page._chosen == second.folder
    assert page.inspector.title_label.text() == "pets 2"
    assert os.listdir(context.workspace.folder("trash")) == []


def test_a_new_data_set_is_chosen_though_the_watch_saw_it_first(page, pets, listed, wait_until, context):
    first = listed()
    second = listed("pets 2")
    page.receive({"dataset": first.folder.name})
    assert page._chosen == first.folder
    # The workspace has not changed since the watch looked, so it will tell nothing more.
    item = QueuedImport(ImportRequest(workspace=context.workspace.path, paths=(str(pets),)), "pets 2")
    page.queue.finished.emit(item, {"dataset": second.folder.name, "items": 30, "rejected": 0, "name": "pets 2"})
    assert page._chosen == second.folder
    assert page.inspector.title_label.text() == "pets 2"


def test_undo_of_what_has_left_the_trash_is_said(page, listed, wait_until, context):
    listed()
    page.remove()
    wait_until(lambda: page._stack.currentWidget() is page.empty)
    (place,) = context.workspace.folder("trash").iterdir()
    shutil.rmtree(place)
    press_undo(context, wait_until)
    wait_until(lambda: any("has gone from the trash" in text for text in context.toasts.texts))


def test_train_on_this(page, listed):
    row = listed()
    wanted = []
    page.page_wanted.connect(lambda *what: wanted.append(what))
    page.inspector.train_button.click()
    assert wanted == [("train", {"dataset": row.folder.name})]


def test_arrows_and_clicks_choose_a_card(page, listed):
    first, second = listed(), listed("pets 2")
    assert page._chosen == second.folder
    QTest.keyClick(page.cards, Qt.Key.Key_Right)
    assert page._chosen == first.folder
    place = page.cards.visualItemRect(page.cards.cards[0]).center()
    QTest.mouseClick(page.cards.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert page._chosen == second.folder
    assert page.inspector.title_label.text() == "pets 2"


def test_another_page_chooses_a_data_set(page, listed):
    first = listed()
    listed("pets 2")
    page.receive({"dataset": first.folder.name})
    assert page._chosen == first.folder
    assert page.inspector.title_label.text() == "pets"


@pytest.mark.parametrize("name", ["items.npy", "spec.json"])
def test_a_damaged_data_set_says_so_and_can_be_removed(page, listed, wait_until, context, name):
    row = listed()
    listed("pets 2")
    (row.folder / name).write_bytes(b"{")
    wait_until(lambda: name == "items.npy" or any("Damaged" in card.texts() for card in page.cards.cards))
    card = next(card for card in page.cards.cards if card.row.folder == row.folder)
    page.cards.setCurrentItem(card)
    wait_until(lambda: name in page.browser.notice.text and "damaged" in page.browser.notice.text)
    assert page.inspector.train_button.isHidden()
    assert not page.browser.grid.isVisible()
    assert page.browser.notice._button.text() == "Remove"
    page.browser.notice._button.click()
    wait_until(lambda: len(page.cards.cards) == 1)
    assert not row.folder.exists()
    assert page.browser.grid.isVisible()


@pytest.mark.fault("A15")
def test_a_set_that_is_trained_on_is_not_removed(page, listed, wait_until, context):
    from studio.store.lock import ProcessLock
    from studio.store.run import RunDocument, RunStatus, create_run, write_status

    row = listed()
    run = create_run(
        context.workspace,
        RunDocument(
            id="", name="vae on pets", dataset=row.folder.name, dataset_name="pets", fingerprint="", family="vae"
        ),
    )
    lock = ProcessLock(run / "lock")
    assert lock.acquire()
    write_status(run, RunStatus(state="running", pid=os.getpid()))
    wait_until(lambda: any(each.live for each in context.watch.snapshot.runs))
    page.remove()
    assert context.toasts.texts[-1] == "'pets' was not removed: 'vae on pets' trains on it; stop that first."
    assert row.folder.exists()
    lock.release()


def test_the_dialogs_do_not_block(page, app):
    page.add_files()
    page.add_folder()
    dialogs = page.findChildren(QFileDialog)
    assert [dialog.fileMode() for dialog in dialogs] == [
        QFileDialog.FileMode.ExistingFiles,
        QFileDialog.FileMode.Directory,
    ]
    for dialog in dialogs:
        dialog.reject()


def test_what_a_dialog_chose_is_looked_at(page, pets, wait_until):
    page.add_folder()
    (dialog,) = page.findChildren(QFileDialog)
    dialog.filesSelected.emit([str(pets)])
    wait_until(lambda: not page.sheet.looking)
    assert page.sheet.found_items.summary.text().startswith("Found 30 images")
    dialog.reject()


def test_every_action_has_a_command(page):
    keys = {action.text(): action.keys for action in page.offered}
    assert len(keys) == len(page.offered) == 12 + len(EXAMPLES)


def test_a_read_only_workspace_is_not_touched(app, context, pets, wait_until):
    page = DataPage(PageContext(**{**vars(context), "read_only": True}))
    page.show()
    page.receive({"paths": [pets]})
    page.add_example()
    page.add_files()
    page.remove()
    assert page.queue.rows == []
    assert not page.sheet.looking
    assert page.findChildren(QFileDialog) == []
    assert "can only be read" in context.toasts.texts[-1]
    assert os.listdir(context.workspace.folder("jobs")) == []


def test_no_file_is_read_on_the_windows_thread(page, pets, added, monkeypatch):
    import studio.desk.items as items
    import studio.gui.data.cards as cards
    import studio.gui.data.inspector as inspector

    threads = set()
    for module, name in ((items, "open_dataset"), (cards, "open_dataset"), (inspector, "read_refused")):
        real = getattr(module, name)

        def noted(folder, real=real, name=name):
            threads.add((name, threading.current_thread()))
            return real(folder)

        monkeypatch.setattr(module, name, noted)
    added(pets)
    assert {name for name, _ in threads} == {"open_dataset", "read_refused"}
    assert threading.current_thread() not in {thread for _, thread in threads}
