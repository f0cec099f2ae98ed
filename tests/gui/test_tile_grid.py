"""A grid of any number of tiles: only what is in view is asked for, and the keyboard reaches all of it."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from studio.gui.item.picture import to_image
from studio.gui.tile_grid import TileGrid

SHIFT, CTRL, NONE = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.NoModifier,
)


class Numbers:
    """Tiles whose grey level is their number, which remember who was asked for."""

    def __init__(self, count, side=8):
        self.total, self.side = count, side
        self.asked = []
        self.stars = set()

    def count(self):
        return self.total

    def picture(self, index):
        assert 0 <= index < self.total
        self.asked.append(index)
        return np.full((self.side, self.side, 1), index % 256, np.uint8)

    def marked(self, index):
        return index in self.stars

    def caption(self, index):
        return f"<b>tile</b> {index}"


@pytest.fixture
def make(app):
    def make(count=100_000, **options):
        grid, source = TileGrid(), Numbers(count, **options)
        grid.resize(600, 400)
        grid.set_source(source)
        grid.show()
        app.processEvents()
        return grid, source

    return make


def columns(grid):
    return next(index for index in range(1, grid._count) if grid.tile_rect(index).top() > grid.tile_rect(0).top())


def in_view(grid, index):
    return grid.viewport().rect().contains(grid.tile_rect(index))


@pytest.mark.fault("E1")
def test_of_100000_tiles_only_those_in_view_are_asked_for(make, app):
    grid, source = make()
    seen = set(source.asked)
    assert 0 in seen
    assert len(seen) <= len(grid.visible_range()) <= 120
    source.asked.clear()
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum() // 2)
    app.processEvents()
    assert source.asked
    assert min(source.asked) > 40_000
    assert max(source.asked) < 60_000
    assert len(set(source.asked)) <= 120


def test_the_last_tile_is_reached_and_is_in_view(make, app):
    grid, source = make()
    source.asked.clear()
    QTest.keyClick(grid, Qt.Key.Key_End)
    # With nothing current the first key begins at the first tile, as in every list.
    QTest.keyClick(grid, Qt.Key.Key_End)
    app.processEvents()
    assert grid.current == 99_999
    assert in_view(grid, 99_999)
    assert 99_999 in source.asked


def test_arrows_move_by_one_and_by_a_row_and_stop_at_the_ends(make):
    grid, _ = make(1000)
    wide = columns(grid)
    places = []
    grid.current_changed.connect(places.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Up):
        QTest.keyClick(grid, key)
    assert places == [0, 1, 1 + wide, wide, 0]
    assert grid.current == 0
    QTest.keyClick(grid, Qt.Key.Key_PageDown)
    page = grid.current
    assert page > wide
    assert page % wide == 0
    QTest.keyClick(grid, Qt.Key.Key_PageUp)
    assert grid.current == 0


def test_current_stays_in_view_wherever_the_keys_lead(make):
    grid, _ = make(5000)
    for key in [Qt.Key.Key_Right] + [Qt.Key.Key_Down] * 40 + [Qt.Key.Key_PageDown] * 5 + [Qt.Key.Key_Up] * 60:
        QTest.keyClick(grid, key)
        assert in_view(grid, grid.current)


def test_selection_with_shift_and_ctrl(make, app):
    grid, _ = make(200)
    changes = []
    grid.selection_changed.connect(lambda: changes.append(grid.selection()))

    def click(index, modifiers=NONE):
        QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, modifiers, grid.tile_rect(index).center())

    click(3)
    assert grid.selection() == [3]
    click(6, SHIFT)
    assert grid.selection() == [3, 4, 5, 6]
    click(9, CTRL)
    assert grid.selection() == [3, 4, 5, 6, 9]
    click(4, CTRL)
    assert grid.selection() == [3, 5, 6, 9]
    click(1)
    QTest.keyClick(grid, Qt.Key.Key_Right, SHIFT)
    QTest.keyClick(grid, Qt.Key.Key_Right, SHIFT)
    assert grid.selection() == [1, 2, 3]
    QTest.keyClick(grid, Qt.Key.Key_Left, SHIFT)
    assert grid.selection() == [1, 2]
    QTest.keyClick(grid, Qt.Key.Key_A, CTRL)
    assert grid.selection() == list(range(200))
    assert changes[-1] == list(range(200))
    # A click between the tiles changes nothing.
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, NONE, QPoint(1, 1))
    assert grid.selection() == list(range(200))


def test_activating_and_keys_that_are_for_the_page(make):
    grid, _ = make(50)
    activated, keys = [], []
    grid.activated.connect(activated.append)

    class Page(QWidget):
        def keyPressEvent(self, event):
            keys.append(event.key())

    page = Page()
    grid.setParent(page)
    QTest.keyClick(grid, Qt.Key.Key_Return)
    assert activated == []
    grid.set_current(7)
    QTest.keyClick(grid, Qt.Key.Key_Return)
    QTest.keyClick(grid, Qt.Key.Key_Space)
    QTest.mouseDClick(grid.viewport(), Qt.MouseButton.LeftButton, NONE, grid.tile_rect(9).center())
    assert activated == [7, 7, 9]
    assert keys == [Qt.Key.Key_Return]
    QTest.keyClick(grid, Qt.Key.Key_S)
    QTest.keyClick(grid, Qt.Key.Key_Delete)
    assert keys[1:] == [Qt.Key.Key_S, Qt.Key.Key_Delete]


def test_refresh_keeps_place_and_selection(make, app):
    grid, source = make(10_000)
    grid.set_current(5000)
    place = grid.verticalScrollBar().value()
    source.total += 500
    grid.refresh()
    assert (grid.current, grid.selection(), grid.verticalScrollBar().value()) == (5000, [5000], place)
    source.total = 100
    grid.refresh()
    assert grid.current == 99
    assert grid.selection() == []
    source.asked.clear()
    app.processEvents()
    assert source.asked
    source.total = 0
    grid.refresh()
    assert grid.current == -1
    app.processEvents()


def test_another_source_begins_at_its_beginning(make, app):
    grid, _ = make(10_000)
    grid.set_current(9000)
    grid.set_source(Numbers(20))
    assert (grid.current, grid.selection(), grid.verticalScrollBar().value()) == (-1, [], 0)
    grid.set_source(None)
    app.processEvents()
    QTest.keyClick(grid, Qt.Key.Key_End)
    assert grid.current == -1


def test_the_top_stays_on_top_when_tiles_change_their_size(make, app):
    grid, _ = make(10_000)
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum() // 2)
    before = grid.visible_range().start
    grid.set_tile_size(128)
    assert grid.tile_size == 128
    assert abs(grid.visible_range().start - before) <= columns(grid)
    grid.set_tile_size(1)
    assert grid.tile_size >= 8
    app.processEvents()


def test_current_is_still_in_view_in_a_narrower_window(make, app):
    grid, _ = make(2000)
    grid.set_current(600)
    grid.resize(300, 400)
    app.processEvents()
    assert in_view(grid, 600)


def test_pixel_art_is_drawn_crisp(make, app):
    grid, source = make(4, side=2)
    source.picture = lambda index: np.array([[[0], [255]], [[255], [0]]], np.uint8)
    grid.set_tile_size(64)
    image = grid.viewport().grab().toImage()
    rect = grid.tile_rect(1)
    levels = {image.pixelColor(x, rect.center().y() - 9).lightness() for x in range(rect.left(), rect.right() + 1)}
    # Smooth scaling would leave greys between black and white.
    assert levels == {0, 255}


def test_pictures_of_one_and_three_channels_reach_qt_whole():
    colour = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    image = to_image(colour)
    assert (image.width(), image.height()) == (7, 5)
    assert image.pixelColor(6, 4).getRgb()[:3] == tuple(colour[4, 6])
    grey = to_image(colour[:, :, :1])
    assert grey.pixelColor(6, 4).getRgb()[:3] == (colour[4, 6, 0],) * 3
    # A view with gaps, such as every second pixel of a memory map.
    assert to_image(colour[:, ::2]).pixelColor(3, 4).getRgb()[:3] == tuple(colour[4, 6])


def test_a_picture_that_is_not_there_yet_and_a_star(make, app):
    grid, source = make(3)
    source.picture = lambda index: None
    before = grid.viewport().grab().toImage()
    source.stars = {1}
    grid.refresh()
    after = grid.viewport().grab().toImage()
    corner = grid.tile_rect(1).topRight() - QPoint(9, -9)
    assert before.pixelColor(corner) != after.pixelColor(corner)
    assert before.pixelColor(grid.tile_rect(0).center()) == after.pixelColor(grid.tile_rect(0).center())


def test_a_source_that_fails_is_reported_and_the_grid_lives(make, app, faults):
    grid, source = make(3)
    source.picture = lambda index: 1 // 0
    grid.refresh()
    app.processEvents()
    assert faults
    assert "ZeroDivisionError" in faults[0]
    faults.clear()
    source.picture = lambda index: np.zeros((8, 8, 1), np.uint8)
    grid.refresh()
    assert not grid.viewport().grab().isNull()


def test_the_caption_is_a_plain_tooltip(make, app):
    grid, _ = make(3)
    place = grid.tile_rect(2).center()
    event = QHelpEvent(QEvent.Type.ToolTip, place, grid.viewport().mapToGlobal(place))
    QApplication.sendEvent(grid.viewport(), event)
    assert "&lt;b&gt;tile&lt;/b&gt; 2" in QToolTip.text()
    QToolTip.hideText()
