"""A table is dropped, looked at and shown as rows; nothing asks for what only pictures have."""

import numpy as np
import pytest


@pytest.fixture
def points(tmp_path):
    path = tmp_path / "points.csv"
    rows = np.random.default_rng(0).normal(size=(300, 2))
    np.savetxt(path, rows, "%.6g", ",", header="x,y", comments="")
    with open(path, "a") as file:
        file.write("1,red\n")
    return path


def test_points_come_in_and_are_shown_as_rows(page, looked, points, wait_until):
    sheet = looked(points)
    wait_until(lambda: not sheet.looking and sheet.import_button.isEnabled())
    assert sheet.found_items.summary.text() == "Found 300 rows, without classes; 1 row will be refused."
    assert sheet.found_numbers.facts.texts()["Columns"] == "2 columns: x, y"
    assert sheet.found_items.grid._source.count() == 1
    assert sheet.found_items.grid._source.picture(0).shape[2] == 4
    assert sheet.form.name_edit.isVisible()
    assert not sheet.form.size_box.isVisible()
    assert not sheet.form.fit_box.isVisible()
    sheet.import_button.click()
    wait_until(lambda: len(page.cards.cards) == 1 and page.browser.count_label.text())
    assert "2 columns" in page.cards.cards[0].texts()
    assert page.browser.rows.view.rows.rowCount() == 300
    assert page.browser.count_label.text() == "300 items"
    page.browser.split_box.setCurrentIndex(page.browser.split_box.findText("Test"))
    wait_until(lambda: page.browser.count_label.text() == "30 of 300 items")
    # Asked for again, it is shown as it stands.
    page.receive({"dataset": page.browser._folder.name})
    assert page.browser.split_box.currentText() == "Test"
    assert page.browser.count_label.text() == "30 of 300 items"


def test_pictures_after_a_table_are_asked_about_again(looked, points, pets, wait_until):
    sheet = looked(points)
    wait_until(lambda: sheet.import_button.isEnabled())
    sheet.dismiss()
    sheet = looked(pets)
    wait_until(lambda: sheet.import_button.isEnabled())
    assert sheet.form.size_box.isVisible()
    assert sheet.found_items.summary.text() == "Found 30 images in 2 classes; 1 file will be refused."
