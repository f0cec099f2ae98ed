"""The columns of a table are listed, and what they are is chosen in the list."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from studio.desk.column_draft import ColumnDraft
from studio.gui.data.column_table import ColumnTable
from studio.gui.widgets import ComboBox


def found(name, kind, kinds, said=""):
    return {"name": name, "kind": kind, "kinds": kinds, "found": "1 to 3", "said": said}


COLUMNS = [
    found("id", "", ["number", "whole"], "left out: it counts the rows"),
    found("<b>x\n", "whole", ["number", "whole", "category"]),
    found("list", "", [], "left out: it holds lists"),
]


@pytest.fixture
def table(app, theme):
    draft = ColumnDraft()
    draft.show(COLUMNS)
    made = ColumnTable(draft)
    made.resize(800, 300)
    made.refresh()
    made.show()
    made.draft, made.heard = draft, []
    made.chosen.connect(lambda: made.heard.append(True))
    yield made
    made.close()


def click(table, row, column, beside=0):
    room = table.visualRect(table.model().index(row, column))
    at = QPoint(room.left() + beside, room.center().y()) if beside else room.center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


def test_what_is_listed(table):
    assert table.texts() == [
        ("id", "Whole number", "1 to 3", "Left out: it counts the rows"),
        ("<b>x", "Whole number", "1 to 3", ""),
        ("list", "", "1 to 3", "Left out: it holds lists"),
    ]
    states = [table.model().index(row, 0).data(Qt.ItemDataRole.CheckStateRole) for row in range(3)]
    assert states == [Qt.CheckState.Unchecked, Qt.CheckState.Checked, Qt.CheckState.Unchecked]


def test_a_box_is_ticked_with_the_mouse(table):
    for row in range(3):
        click(table, row, 0, beside=16)
    assert [row.included for row in table.draft.rows] == [True, False, False]
    assert table.heard == [True, True]


def test_a_kind_is_chosen_with_the_mouse(table, wait_until):
    click(table, 1, 1)
    wait_until(lambda: table.findChildren(ComboBox))
    (box,) = table.findChildren(ComboBox)
    assert [box.itemText(place) for place in range(box.count())] == ["Number", "Whole number", "Category"]
    assert box.currentText() == "Whole number"
    box.setCurrentIndex(2)
    box.activated.emit(2)
    assert table.draft.rows[1].kind == "category"
    assert table.texts()[1][1] == "Category"
    assert table.heard == [True]
    wait_until(lambda: not any(each.isVisible() for each in table.findChildren(ComboBox)))


def test_what_cannot_be_changed(table):
    table.draft.set_label("<b>x\n")
    table.refresh()
    click(table, 1, 1)
    click(table, 1, 0, beside=16)
    click(table, 2, 1)
    assert table.findChildren(ComboBox) == []
    assert table.texts()[1][1:] == ("Class", "1 to 3", "It is the class")
    assert table.heard == []


def test_the_view_stays_where_it_is_while_the_columns_do(app, table):
    many = [found(str(number), "number", ["number"]) for number in range(1000)]
    table.draft.show(many)
    table.refresh()
    app.processEvents()
    table.verticalScrollBar().setValue(500)
    table.draft.set_included("3", False)
    table.refresh()
    app.processEvents()
    assert table.verticalScrollBar().value() == 500
    table.draft.show(many[:-1])
    table.refresh()
    assert len(table.texts()) == 999
