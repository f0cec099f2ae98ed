"""The small widgets every page is made of."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from studio.gui.widgets import (
    Button,
    ComboBox,
    DoubleSpinBox,
    IconButton,
    PlainLabel,
    SecondaryLabel,
    SpinBox,
    TitleLabel,
    set_role,
)


def wheel(widget, notches=-1):
    """Turn the wheel over the middle of a widget; returns whether the widget took it."""
    at = QPointF(widget.rect().center())
    event = QWheelEvent(
        at,
        widget.mapToGlobal(at),
        QPoint(0, 0),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    event.setAccepted(True)
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def combo():
    made = ComboBox()
    made.addItems(["a", "b", "c"])
    made.setCurrentIndex(1)
    return made


def spin():
    made = SpinBox()
    made.setRange(0, 100)
    made.setValue(50)
    return made


def double_spin():
    made = DoubleSpinBox()
    made.setRange(0, 1)
    made.setSingleStep(0.1)
    made.setValue(0.5)
    return made


def value(widget):
    return widget.currentIndex() if isinstance(widget, ComboBox) else widget.value()


@pytest.mark.parametrize("make", [combo, spin, double_spin])
def test_the_wheel_changes_nothing_until_the_widget_has_the_focus(app, make, wait_until):
    window = QWidget()
    layout = QVBoxLayout(window)
    other, widget = QLineEdit(), make()
    layout.addWidget(other)
    layout.addWidget(widget)
    window.show()
    window.activateWindow()
    other.setFocus()
    wait_until(other.hasFocus)
    before = value(widget)
    assert wheel(widget) is False
    assert value(widget) == before
    widget.setFocus()
    wait_until(widget.hasFocus)
    wheel(widget)
    assert value(widget) != before


@pytest.mark.parametrize("make", [combo, spin, double_spin])
def test_a_wheel_over_an_unfocused_field_scrolls_the_page(app, make, wait_until):
    inner = QWidget()
    layout = QVBoxLayout(inner)
    widget = make()
    layout.addWidget(widget)
    tall = QWidget()
    tall.setFixedHeight(2000)
    layout.addWidget(tall)
    area = QScrollArea()
    area.setWidget(inner)
    area.setWidgetResizable(True)
    area.resize(300, 200)
    area.show()
    area.verticalScrollBar().setFocus()
    app.processEvents()
    before = value(widget)
    # As Qt does it: what the field refuses is offered to its parents.
    target = widget
    while target is not None and not wheel(target):
        target = target.parentWidget()
    assert value(widget) == before
    assert area.verticalScrollBar().value() > 0


@pytest.mark.parametrize("kind", [PlainLabel, SecondaryLabel, TitleLabel])
@pytest.mark.fault("G5")
def test_a_strangers_text_is_shown_as_it_is(app, kind):
    text = '<img src="file:///etc/passwd"><b>bold</b>'
    label = kind(text)
    assert label.textFormat() == Qt.TextFormat.PlainText
    label.setText(text + "!")
    assert label.textFormat() == Qt.TextFormat.PlainText
    plain = kind("x" * len(text))
    # Markup that is obeyed would leave four letters.
    assert label.sizeHint().width() > plain.sizeHint().width() / 4


def test_one_long_word_does_not_widen_the_window(app):
    assert PlainLabel("w" * 5000).minimumSizeHint().width() >= 0
    window = QWidget()
    QVBoxLayout(window).addWidget(PlainLabel("w" * 5000))
    assert window.minimumSizeHint().width() < 200 or window.layout().minimumSize().width() < 200


def test_an_icon_button_says_what_it_does(app):
    button = IconButton("pause", "Pause")
    assert (button.accessibleName(), button.toolTip()) == ("Pause", "Pause")
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    button.set_icon("play", "Resume")
    assert (button.accessibleName(), button.toolTip()) == ("Resume", "Resume")


def lightness(icon):
    """Mean lightness of what an icon paints, 0 to 255."""
    image = icon.pixmap(20, 20).toImage()
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    painted = [pixel.lightness() for pixel in pixels if pixel.alpha() > 150]
    return sum(painted) / len(painted)


def test_icons_follow_the_appearance(app, theme, wait_until):
    button = Button("Stop", "stop")
    button.show()
    theme.choose("light")
    wait_until(lambda: lightness(button.icon()) < 60)
    theme.choose("dark")
    wait_until(lambda: lightness(button.icon()) > 200)


def test_a_role_takes_effect_on_a_widget_that_is_shown(app, theme):
    label = PlainLabel("text")
    label.show()
    set_role(label, role="bad")
    app.processEvents()
    assert label.palette().color(label.foregroundRole()).name() == theme.colours.bad
    set_role(label, role="good")
    assert label.palette().color(label.foregroundRole()).name() == theme.colours.good


@pytest.mark.parametrize("take", ["disable", "hide"])
@pytest.mark.parametrize("kind", ["button", "icon"])
def test_the_focus_does_not_jump_to_the_neighbour(app, wait_until, take, kind):
    """Space after Export must not reach the bin beside it (W3)."""
    from PySide6.QtWidgets import QHBoxLayout

    row, pressed = QWidget(), []
    export = Button("Export") if kind == "button" else IconButton("export", "Export")
    bin = IconButton("bin", "Remove")
    bin.clicked.connect(lambda: pressed.append("bin"))
    layout = QHBoxLayout(row)
    layout.addWidget(export)
    layout.addWidget(bin)
    row.show()
    row.activateWindow()
    wait_until(row.isActiveWindow)
    export.setFocus()
    QTest.keyClick(export, Qt.Key.Key_Tab)
    assert bin.hasFocus()
    export.setFocus()
    export.setEnabled(False) if take == "disable" else export.hide()
    assert not bin.hasFocus()
    QTest.keyClick(row.focusWidget() or row, Qt.Key.Key_Space)
    assert pressed == []
    row.close()


@pytest.mark.parametrize("count", [1, 3, 8])
def test_a_drop_down_shows_its_last_row_whole(theme, app, wait_until, count):
    """Under the style sheet's border too (W10)."""
    place = QWidget()
    place.resize(400, 300)
    box = ComboBox()
    box.setParent(place)
    box.addItems([f"preset {number}" for number in range(count)])
    place.show()
    place.activateWindow()
    wait_until(place.isActiveWindow)
    box.setCurrentIndex(count - 1)
    box.showPopup()
    app.processEvents()
    view = box.view()
    view.setFocus()
    app.processEvents()
    last = view.visualRect(view.model().index(count - 1, 0))
    assert 0 <= last.top() < last.bottom() <= view.viewport().rect().bottom()
    box.hidePopup()
    place.close()
