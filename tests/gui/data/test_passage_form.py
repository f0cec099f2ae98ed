"""Texts in the import sheet: what becomes a text, and the columns of a table that hold them."""

import pytest

from studio.core.modality import TextSpec, read_spec


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.txt"
    path.write_text("\n".join(f"line number {number} of a small book" for number in range(40)))
    return path


@pytest.fixture
def reviews(tmp_path):
    path = tmp_path / "reviews.csv"
    rows = [f"{number},this is review {number},{'good' if number % 2 else 'bad'}" for number in range(40)]
    path.write_text("number,review,mark\n" + "\n".join(rows) + "\n")
    return path


def choose(box, words):
    assert box.findText(words) >= 0, [box.itemText(place) for place in range(box.count())]
    box.setCurrentIndex(box.findText(words))


def seen(sheet, wait_until):
    wait_until(lambda: not sheet.looking)
    return sheet._seen


def test_a_file_of_text_is_shown_as_texts(looked, book, wait_until):
    sheet = looked(book)
    assert sheet.found_items.grid._source.picture(0) == "line number 0 of a small book"
    assert sheet.passage_form.unit_box.isVisible()
    assert not sheet.passage_form.kind_box.isVisible()
    assert not sheet.form.size_box.isVisible()
    choose(sheet.passage_form.unit_box, "Windows")
    assert sheet.passage_form.window_box.isVisible()
    sheet.passage_form.window_box.setValue(20)
    found = seen(sheet, wait_until)
    assert found["items"] > 40
    assert sheet._request().text.unit == "window"


def test_the_texts_of_a_table(looked, reviews, wait_until):
    sheet = looked(reviews)
    assert sheet.passage_form.kind_box.isVisible()
    assert not sheet.passage_form.text_box.isVisible()
    choose(sheet.passage_form.kind_box, "Texts")
    found = seen(sheet, wait_until)
    assert isinstance(read_spec(found["spec"]), TextSpec)
    assert sheet.found_items.grid._source.picture(0) == "this is review 0"
    choose(sheet.passage_form.class_box, "mark")
    assert seen(sheet, wait_until)["classes"] == ["bad", "good"]
    choose(sheet.passage_form.source_box, "mark")
    choose(sheet.passage_form.class_box, "None")
    assert read_spec(seen(sheet, wait_until)["spec"]).condition == "sequence"
    choose(sheet.passage_form.kind_box, "Table")
    assert read_spec(seen(sheet, wait_until)["spec"]).modality == "table"
    assert sheet.import_button.isEnabled()


def test_a_table_of_words_alone_offers_its_texts(looked, tmp_path, wait_until):
    path = tmp_path / "pairs.tsv"
    path.write_text("en\tde\n" + "".join(f"the word {number}\tdas Wort {number}\n" for number in range(1200)))
    sheet = looked(path)
    assert not sheet.import_button.isEnabled()
    sheet.notice._button.click()
    assert isinstance(read_spec(seen(sheet, wait_until)["spec"]), TextSpec)
    assert sheet.import_button.isEnabled()
    assert sheet.passage_form.source_box.findText("en") > 0


def test_the_first_row_of_pairs_without_names_is_no_name(looked, tmp_path, wait_until):
    path = tmp_path / "pairs.tsv"
    path.write_text("".join(f"the word {number}\tdas Wort {number}\n" for number in range(1200)))
    sheet = looked(path)
    sheet.notice._button.click()
    found = seen(sheet, wait_until)
    assert sheet.column_form.header_box.isVisible()
    assert not sheet.column_form.class_box.isVisible()
    choose(sheet.column_form.header_box, "Values")
    found = seen(sheet, wait_until)
    assert found["items"] == 1200
    choose(sheet.passage_form.source_box, "column 1")
    assert read_spec(seen(sheet, wait_until)["spec"]).condition == "sequence"
