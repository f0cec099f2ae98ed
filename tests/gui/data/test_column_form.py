"""The class of a table and the format of its text are asked for."""

import pytest

from studio.data.table.column_request import ColumnRequest
from studio.data.table.text_format import TextFormat
from studio.desk.column_draft import ColumnDraft
from studio.gui.data.column_form import ColumnForm


def found(name, kinds):
    return {"name": name, "kind": kinds[0], "kinds": kinds, "found": "", "said": ""}


@pytest.fixture
def form(app, theme):
    draft = ColumnDraft()
    made = ColumnForm(draft)
    draft.show([found("x", ["number"]), found("cut", ["category"])])
    made.refresh(True)
    made.show()
    made.draft, made.heard = draft, []
    made.changed.connect(lambda: made.heard.append(True))
    yield made
    made.close()


def test_columns_that_can_be_the_class(form):
    assert [form.class_box.itemText(place) for place in range(form.class_box.count())] == ["None", "cut"]
    form.class_box.setCurrentIndex(1)
    assert form.request() == ColumnRequest(label="cut")
    assert form.heard == [True]
    form.class_box.setCurrentIndex(0)
    assert form.request() == ColumnRequest()


def test_the_format_is_asked_of_text_only(form):
    form.header_box.setCurrentIndex(form.header_box.findText("Values"))
    form.delimiter_box.setCurrentIndex(form.delimiter_box.findText("Semicolon"))
    form.decimal_box.setCurrentIndex(form.decimal_box.findText("Comma"))
    form.encoding_box.setCurrentIndex(form.encoding_box.findText("Windows (Western)"))
    assert form.request().text == TextFormat(header=False, delimiter=";", decimal=",", encoding="cp1252")
    assert form.header_box.isVisible()
    form.refresh(False)
    assert not form.header_box.isVisible()
    assert form.class_box.isVisible()


def test_an_earlier_request_comes_back_without_a_word(form):
    request = ColumnRequest(kinds={"x": "number"}, label="cut", text=TextFormat(header=True, delimiter="\t"))
    form.reset(request)
    form.draft.show([found("x", ["number"]), found("cut", ["category"])])
    form.refresh(True)
    assert form.request() == request
    assert (form.class_box.currentText(), form.header_box.currentText()) == ("cut", "Names")
    form.reset(ColumnRequest())
    assert form.request() == ColumnRequest()
    assert form.heard == []
