"""The rows of a request over the page: table, plot, columns beside what was learned, and cells that are kept."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from studio.core.known_values import KnownValues
from studio.core.request import SampleRequest


@pytest.fixture
def drawn_rows(add_rows_model, open_page, kept, wait_until):
    """A page with 60 rows of one model, opened."""

    def make(**values):
        add_rows_model(**values)
        page = open_page()
        wait_until(lambda: page.controls.known is not None)
        page.controls.count.setValue(60)
        page.requests.sample()
        kept(page, 1)
        wait_until(lambda: page.selection.shown is not None)
        page.selection.enlarge()
        assert not page.opened.isHidden()
        wait_until(lambda: page.opened.count.text() == "60 rows")
        return page

    return make


def test_rows_are_shown_with_their_columns_over_what_was_learned(drawn_rows, wait_until):
    page = drawn_rows()
    opened = page.opened
    rows = np.load(page.samples.batches[0].samples)
    view = opened.pane.view.rows
    wait_until(lambda: view.cell(0, 0) is not None)
    assert view.rowCount() == 60
    short = np.mean(rows[:, 1] == 1)
    wait_until(lambda: f"short: 50.0%, {short:.1%}" in opened.marginals.words(1))
    assert opened.legend.text() == "Samples as lines over the training rows."
    assert opened.density.isHidden()
    # Sorted by a click on a column, filtered by words.
    opened.pane.view.header.title_clicked.emit(0)
    lowest = str(rows[:, 0].min())
    wait_until(lambda: view.cell(0, 0) == lowest)
    opened.search.setText("kind = short")
    wait_until(lambda: opened.count.text() == f"{int((rows[:, 1] == 1).sum())} of 60 rows")
    opened.search.setText("kind = royal")
    wait_until(lambda: "royal" in opened.notice.text)
    assert opened.count.text() == "60 rows"


def test_without_the_data_set_the_model_tells_what_it_learned(drawn_rows, wait_until):
    opened = drawn_rows(learned=False).opened
    wait_until(lambda: "training rows, by their quantiles" in opened.marginals.words(0))
    assert ": 5.0%, " in opened.marginals.words(0)
    assert "long: ?, " in opened.marginals.words(1)


def test_cells_of_a_row_are_kept(drawn_rows, wait_until):
    page = drawn_rows()
    opened = page.opened
    wait_until(lambda: opened.pane.view.rows.cell(0, 0) is not None)
    assert not opened.complete.isEnabled()
    opened.pane.view.selectRow(3)
    wait_until(opened.complete.isEnabled)
    opened.complete.click()
    assert opened.isHidden()
    row = np.load(page.samples.batches[0].samples)[3]
    assert page.controls.request().given == KnownValues(row)
    assert page.controls.known.choose.text() == f"{int(np.isfinite(row).sum())} of 2 known"


def test_it_is_closed_by_escape_and_lets_the_file_go(drawn_rows, press, wait_until):
    page = drawn_rows()
    press(page.opened.pane.view, Qt.Key.Key_Escape)
    assert page.opened.isHidden()
    assert page.opened.batch is None
    assert page.opened.pane.view.rows.rowCount() == 0
    page.selection.enlarge()
    wait_until(lambda: page.opened.count.text() == "60 rows")


def test_rows_of_other_columns_cannot_be_completed(drawn_rows, add_rows_model, wait_until):
    page = drawn_rows()
    columns = page.requests.chosen.manifest.columns
    add_rows_model("rows-2", learned=False, columns=(columns[0].model_copy(update={"name": "height"}), columns[1]))
    page.context.watch.look_now()
    wait_until(lambda: len(page.library.choices) == 2)
    other = next(choice for choice in page.library.choices if choice.manifest.columns[0].name == "height")
    batch = page.samples.batches[0]
    page.opened.dismiss()
    page.models.choose(other.path)
    page.requests.complete(batch, 0)
    assert page.panel.notice.text == "The chosen model draws rows of other columns; choose one of these."


def test_as_many_rows_are_offered_as_tell_something(add_rows_model, open_page, wait_until):
    add_rows_model()
    page = open_page()
    wait_until(lambda: page.controls.known is not None)
    assert page.controls.count.value() == 1000
    page.controls.set_request(SampleRequest(count=5))
    assert page.controls.count.value() == 5


def test_why_a_density_cannot_be_measured_is_said(drawn_rows, add_rows_model, workspace, wait_until):
    page = drawn_rows()
    columns = tuple(page.requests.chosen.manifest.columns[0].model_copy(update={"name": axis}) for axis in "xy")
    folder = add_rows_model("points", learned=False, columns=columns)
    (folder / "log_prob.onnx").write_bytes(b"no model")
    page.context.watch.look_now()
    wait_until(lambda: len(page.library.choices) == 2)
    choice = page.library.find("points")
    batch = page.samples.batches[0]
    page.opened.open(batch, "points", choice, False)
    assert not page.opened.density.isHidden()
    page.opened.density.click()
    wait_until(lambda: "log_prob.onnx" in page.opened.notice.text, 60)
