"""The import sheet: options look again, errors stand beside the thing, Esc and cancel leave nothing."""

import os

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest


def wait_looked(sheet, wait_until):
    wait_until(lambda: not sheet.looking)


def test_an_option_looks_again(looked, pets, wait_until):
    sheet = looked(pets)
    assert sheet.found_numbers.facts.texts()["Become"] == "12 x 12 grey"
    sheet.form.size_box.setCurrentIndex(sheet.form.size_box.findText("32 x 32"))
    sheet.form.channels_box.setCurrentIndex(sheet.form.channels_box.findText("Colour"))
    assert not sheet.import_button.isEnabled()
    wait_looked(sheet, wait_until)
    assert sheet.found_numbers.facts.texts()["Become"] == "32 x 32 colour"
    assert sheet.found_items.grid._source.picture(0).shape == (32, 32, 3)
    assert sheet.import_button.isEnabled()


def test_margins_and_custom_sizes_are_shown_as_they_would_be(looked, make_files, wait_until):
    sheet = looked(make_files(["a.png", "b.png"], height=10, width=20))
    sheet.form.size_box.setCurrentIndex(sheet.form.size_box.findText("Custom"))
    sheet.form.custom_edit.setText("16x24")
    sheet.form.fit_box.setCurrentIndex(sheet.form.fit_box.findText("Pad"))
    sheet.form.background_box.setCurrentIndex(sheet.form.background_box.findText("Black"))
    wait_looked(sheet, wait_until)
    picture = sheet.found_items.grid._source.picture(0)
    assert picture.shape == (24, 16, 1)
    assert picture[:8].max() == picture[-8:].max() == 0
    assert picture[8:16].max() > 0


@pytest.mark.parametrize("text", ["", "48y32", "5000", "0"])
def test_a_wrong_size_is_said_beside_the_field(looked, pets, wait_until, text):
    sheet = looked(pets)
    sheet.form.size_box.setCurrentIndex(sheet.form.size_box.findText("Custom"))
    sheet.form.custom_edit.setText(text)
    wait_looked(sheet, wait_until)
    assert sheet.form._error.isVisible()
    assert "size" in sheet.form._error.text()
    assert not sheet.import_button.isEnabled()
    sheet.form.custom_edit.setText("48x32")
    wait_until(lambda: sheet.import_button.isEnabled())
    assert sheet.form._error.isHidden()
    assert sheet.found_numbers.facts.texts()["Become"] == "48 x 32 grey"


def test_the_options_reach_the_data_set(page, looked, pets, wait_until):
    sheet = looked(pets)
    sheet.form.name_edit.setText("  My pets ")
    sheet.form.size_box.setCurrentIndex(sheet.form.size_box.findText("Custom"))
    sheet.form.custom_edit.setText("20")
    sheet.form.fit_box.setCurrentIndex(sheet.form.fit_box.findText("Stretch"))
    sheet.form.channels_box.setCurrentIndex(sheet.form.channels_box.findText("Colour"))
    wait_looked(sheet, wait_until)
    sheet.import_button.click()
    wait_until(lambda: len(page.cards.cards) == 1)
    document = page.cards.cards[0].row.document
    assert (document.name, document.spec.shape, document.fit) == ("My pets", (20, 20, 3), "stretch")


def test_only_the_newest_look_is_heard(page, looked, pets, wait_until, nothing_left):
    sheet = looked(pets)
    heard = []
    real = sheet.found_items.show_found
    sheet.found_items.show_found = lambda found: (heard.append(found and found["spec"]["shape"]), real(found))
    for text in ("32 x 32", "64 x 64"):
        sheet.form.size_box.setCurrentIndex(sheet.form.size_box.findText(text))
        sheet._start_look()
    wait_looked(sheet, wait_until)
    wait_until(nothing_left)
    assert heard == [[64, 64, 1]]


def test_escape_closes_and_leaves_nothing(page, pets, wait_until, nothing_left, context):
    page.receive({"paths": [pets]})
    assert page.sheet.looking
    QTest.keyClick(page.sheet.form.name_edit, Qt.Key.Key_Escape)
    assert page._stack.currentWidget() is not page.sheet
    assert not page.sheet.looking
    wait_until(nothing_left)
    assert os.listdir(context.workspace.folder("datasets")) == []


def test_looking_can_be_stopped_and_begun_again(page, pets, wait_until):
    page.receive({"paths": [pets]})
    page.sheet.progress._on_cancel()
    assert page.sheet.notice.text == "Looking was cancelled; nothing was copied."
    assert not page.sheet.import_button.isEnabled()
    page.sheet.notice._button.click()
    wait_looked(page.sheet, wait_until)
    assert page.sheet.import_button.isEnabled()


def test_an_empty_folder(looked, tmp_path):
    (tmp_path / "empty").mkdir()
    sheet = looked(tmp_path / "empty")
    assert "There is nothing to import in empty" in sheet.notice.text
    assert not sheet.import_button.isEnabled()


def test_a_missing_path(looked, tmp_path):
    assert looked(tmp_path / "nowhere").notice.text == f"{tmp_path}/nowhere does not exist; check the path."


@pytest.mark.fault("A27")
def test_the_workspace_itself(looked, context):
    sheet = looked(context.workspace.path)
    assert "is the workspace itself; choose the folder that holds your data." in sheet.notice.text


def test_a_second_drop_waits_for_its_turn(page, looked, pets, make_files, wait_until, context):
    looked(pets)
    other = make_files(["a.png"], folder="other")
    page.receive({"paths": [other]})
    assert context.toasts.texts[-1] == "What you dropped is looked at after this."
    page.sheet.cancel_button.click()
    assert page._stack.currentWidget() is page.sheet
    wait_looked(page.sheet, wait_until)
    assert page.sheet.found_items.summary.text() == "Found 1 image, without classes."
    page.sheet.cancel_button.click()
    assert page._stack.currentWidget() is not page.sheet


@pytest.mark.fault("G5")
def test_hostile_names_are_plain_text(page, make_files, added, looked, wait_until):
    long = "x" * 200
    root = make_files(
        ["<img src=x>/a.png", "two\nlines/b.png", f"{long}/c.png", b"b\xffd/d.png", "e\u202eevil/e.png"],
        folder="<b>bold<b>\n" + "y" * 200,
    )
    (root / "<img src=x>" / f"{long}.png").write_bytes(b"<html>")
    sheet = looked(root)
    names = [name for name, _ in sheet.found_numbers.chart.texts()]
    assert names == sorted(["<img src=x>", "two lines", long, "b\\udcffd", "e\u202eevil"])
    assert sheet.minimumSizeHint().width() < 900
    sheet.dismiss()
    added(root)
    assert page.browser.class_box.findText("<img src=x>") > 0
    assert page.inspector.title_label.text().replace("\u200b", "") == ("<b>bold<b> " + "y" * 200)[:200]
    assert page.inspector.title_label.textFormat() == Qt.TextFormat.PlainText
    assert page.minimumSizeHint().width() < 1000
    wait_until(lambda: page.inspector.refused.isVisible())
    assert page.inspector.refused.texts()[0][0] == f"<img src=x>/{long}.png"


def test_a_name_that_is_not_utf8_can_be_dropped(page, make_files, added, tmp_path):
    root = make_files(["a.png"], folder="plain")
    hostile = os.fsdecode(os.fsencode(tmp_path) + b"/na\xefve")
    os.rename(root, hostile)
    row = added(hostile)
    assert row.document.name == "na\\udcefve"


@pytest.fixture
def mixed(tmp_path):
    """A table of mixed columns, of which one row is none."""
    rows = [f"{number},{number / 4},{'red' if number % 3 else 'blue'},{number % 2}" for number in range(1, 41)]
    (tmp_path / "mixed.csv").write_text("\n".join(["id,price,colour,size", *rows, "41,x"]))
    return tmp_path / "mixed.csv"


def test_columns_of_a_table_are_chosen(page, looked, mixed, wait_until):
    sheet = looked(mixed)
    assert [row[:2] for row in sheet.columns.texts()] == [
        ("id", "Whole number"),
        ("price", "Number"),
        ("colour", "Category"),
        ("size", "Whole number"),
    ]
    assert sheet._columns_label.text() == "3 of 4 columns will be imported:"
    assert not sheet.form.size_box.isVisible()
    assert sheet.found_numbers.facts.texts()["Format"].startswith("cells parted by a comma")
    sheet._draft.set_kind("size", "boolean")
    sheet._draft.set_included("id", True)
    sheet.columns.chosen.emit()
    sheet.column_form.class_box.setCurrentIndex(sheet.column_form.class_box.findData("colour"))
    assert not sheet.import_button.isEnabled()
    wait_looked(sheet, wait_until)
    assert sheet.found_items.summary.text() == "Found 40 rows in 2 classes; 1 row will be refused."
    sheet.import_button.click()
    wait_until(lambda: len(page.cards.cards) == 1)
    spec = page.cards.cards[0].row.document.spec
    assert [(column.name, column.kind) for column in spec.columns] == [
        ("id", "whole"),
        ("price", "number"),
        ("size", "boolean"),
    ]
    assert (spec.class_column, spec.classes) == ("colour", ("blue", "red"))


def test_choices_can_be_undone_after_a_look_that_failed(looked, mixed, wait_until):
    sheet = looked(mixed)
    for name in ("price", "colour", "size"):
        sheet._draft.set_included(name, False)
    sheet.columns.chosen.emit()
    wait_looked(sheet, wait_until)
    assert "No column of mixed is left to learn from" in sheet.notice.text
    assert sheet.columns.isVisible()
    assert not sheet.import_button.isEnabled()
    sheet._draft.set_included("price", True)
    sheet.columns.chosen.emit()
    wait_looked(sheet, wait_until)
    assert sheet.import_button.isEnabled()


def test_images_have_no_columns(looked, mixed, pets):
    sheet = looked(mixed)
    sheet.dismiss()
    sheet = looked(pets)
    assert not sheet.columns.isVisible()
    assert not sheet.column_form.isVisible()
    assert sheet.column_form.request().label == ""
