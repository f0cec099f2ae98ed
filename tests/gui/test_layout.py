"""Words for layouts: parts stand where they are said to stand, and take the room that they are given."""

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from studio.gui.layout import Gap, Stretch, boxed, column, divider, left, row, scrolling, top


@pytest.fixture
def place(app):
    """Where widgets of 20 by 10 pixels come to lie in a box of 200 by 100 pixels."""

    def place(layout_of, count):
        widgets = [QWidget() for _ in range(count)]
        for widget in widgets:
            widget.setMinimumSize(20, 10)
        box = boxed(layout_of(*widgets))
        box.resize(200, 100)
        box.show()
        app.processEvents()
        found = [widget.geometry() for widget in widgets]
        box.close()
        return found

    return place


def test_a_column_has_spacing_margins_and_room_that_grows(place):
    def layout(a, b, c):
        return column((a, 1), Gap(6), b, (c, 2), spacing=4, margins=(1, 2, 3, 4))

    first, second, third = place(layout, 3)
    assert (first.left(), first.top(), first.right()) == (1, 2, 196)
    assert second.top() - first.bottom() - 1 == 4 + 6
    assert third.top() - second.bottom() - 1 == 4
    assert third.bottom() == 95
    assert third.height() > first.height()


def test_a_row_and_what_keeps_its_size_at_one_side(place):
    first, second = place(lambda a, b: row(top(a), Stretch(), b, margins=10), 2)
    assert (first.topLeft().toTuple(), first.height()) == ((10, 10), 10)
    assert (second.right(), second.top(), second.bottom()) == (189, 10, 89)
    (only,) = place(lambda a: column(left(a), Stretch()), 1)
    assert only == QRect(0, 0, 20, 10)


def test_layouts_nest_and_fill_a_widget(app):
    box, inner = QWidget(), QWidget()
    made = column((row((inner, 1)), 1), on=box)
    assert box.layout() is made
    box.resize(80, 40)
    box.show()
    app.processEvents()
    assert inner.geometry() == box.rect()
    box.close()


def test_what_scrolls_is_as_wide_as_its_place(app):
    inner = QWidget()
    inner.setMinimumHeight(900)
    area = scrolling(inner)
    area.resize(120, 100)
    area.show()
    app.processEvents()
    assert inner.width() == area.viewport().width()
    assert area.verticalScrollBar().maximum() == 900 - area.viewport().height()
    area.close()


def test_a_divider_shares_what_comes(app):
    parts = divider((QWidget(), 0), (QWidget(), 1), sizes=(60, 140))
    parts.resize(212, 50)
    parts.show()
    app.processEvents()
    assert parts.sizes()[0] == 60
    parts.resize(312, 50)
    app.processEvents()
    assert parts.sizes() == [60, 240]
    assert not parts.childrenCollapsible()
    parts.close()
