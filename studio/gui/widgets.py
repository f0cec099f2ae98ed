"""The small widgets that every page is made of; they know nothing of the studio."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPalette, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QStyledItemDelegate,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QWidget,
)

from studio.gui.guard import guarded
from studio.gui.painting import cut, icon
from studio.gui.theme import plain_tooltip

__all__ = [
    "Button",
    "Card",
    "ComboBox",
    "DoubleSpinBox",
    "IconButton",
    "LineEdit",
    "PlainLabel",
    "SecondaryLabel",
    "Slider",
    "SpinBox",
    "TextTable",
    "TitleLabel",
    "separator",
    "set_role",
]


def set_role(widget: QWidget, **properties: object) -> None:
    """Set dynamic properties that the style sheet asks for, and let them take effect."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def _stays(button: QAbstractButton) -> bool:
    """Whether the focus may go on to the next widget: not because the button was disabled or hidden under it.

    Else the key that pressed it goes to its neighbour, such as the bin.
    """
    usable = button.isEnabled() and button.isVisible()
    if not usable:
        button.clearFocus()
    return usable


class _Tinted(QObject):
    """Draws a button's icon again in the palette's colour when the theme changes."""

    def __init__(self, button: QAbstractButton, name: str, primary: bool = False) -> None:
        super().__init__(button)
        self._button = button
        self._primary = primary
        self._drawn = ("", "")
        self.name = name
        button.installEventFilter(self)
        self.draw()

    def draw(self) -> None:
        """Draw it."""
        role = QPalette.ColorRole.HighlightedText if self._primary else QPalette.ColorRole.ButtonText
        palette = self._button.palette()
        wanted = (self.name, palette.color(QPalette.ColorGroup.Active, role).name())
        if wanted != self._drawn:
            self._drawn = wanted
            quiet = palette.color(QPalette.ColorRole.PlaceholderText)
            self._button.setIcon(icon(*wanted, disabled=quiet))

    @guarded(fallback=False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self.draw()
        return False


class Button(QPushButton):
    """A push button with a verb on it.

    Args:
        text: The verb.
        icon_name: Its icon, where it has one.
        primary: The one thing to do here.
    """

    def __init__(self, text: str, icon_name: str | None = None, primary: bool = False) -> None:
        super().__init__(text)
        self._tint: _Tinted | None = None
        if primary:
            self.setProperty("role", "primary")
        if icon_name is not None:
            self._tint = _Tinted(self, icon_name, primary)
            self.setIconSize(QSize(16, 16))

    def set_icon(self, name: str) -> None:
        """Show another icon."""
        if self._tint is not None:
            self._tint.name = name
            self._tint.draw()

    @guarded(fallback=False)
    def focusNextPrevChild(self, next: bool) -> bool:
        return _stays(self) and super().focusNextPrevChild(next)


class IconButton(QToolButton):
    """A button whose icon everybody knows.

    Args:
        icon_name: The icon.
        name: What it does, for tooltips and screen readers.
        checkable: Whether it stays down.
    """

    def __init__(self, icon_name: str, name: str, checkable: bool = False) -> None:
        super().__init__()
        self.setProperty("role", "icon")
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setCheckable(checkable)
        self.setIconSize(QSize(18, 18))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._tint = _Tinted(self, icon_name)

    def set_icon(self, icon_name: str, name: str) -> None:
        """Show another icon that does another thing."""
        self._tint.name = icon_name
        self._tint.draw()
        self.setAccessibleName(name)
        self.setToolTip(name)

    @guarded(fallback=False)
    def focusNextPrevChild(self, next: bool) -> bool:
        return _stays(self) and super().focusNextPrevChild(next)


class PlainLabel(QLabel):
    """A label for any text, also a stranger's: markup in it is shown, not obeyed."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        # One very long word, such as a file's name, must not widen the window.
        self.setMinimumWidth(1)
        self.setText(text)


class SecondaryLabel(PlainLabel):
    """Smaller, quieter text.

    Args:
        text: The text.
        whole: In one line that is never cut.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None, whole: bool = False) -> None:
        super().__init__(text, parent)
        if whole:
            self.setWordWrap(False)
            self.setMinimumWidth(0)
        self.setProperty("role", "secondary")
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.9)
        self.setFont(font)


class TitleLabel(PlainLabel):
    """The title of a page or of a part of it; what has no room is cut with an ellipsis.

    Args:
        text: The title.
        factor: Size, as a multiple of the body's.
    """

    def __init__(self, text: str = "", factor: float = 1.3) -> None:
        super().__init__(text)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * factor)
        font.setWeight(QFont.Weight.DemiBold)
        self.setFont(font)
        self.setWordWrap(False)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setPen(self.palette().color(self.foregroundRole()))
            line = cut(self.text(), self.fontMetrics(), self.width())
            painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), line)


class Card(QFrame):
    """A surface with a border."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")

    def set_chosen(self, chosen: bool) -> None:
        """Show it as the chosen one of several."""
        set_role(self, chosen=chosen)


def separator(vertical: bool = False, parent: QWidget | None = None) -> QFrame:
    """A line of one pixel."""
    line = QFrame(parent)
    line.setProperty("role", "line")
    if vertical:
        line.setFixedWidth(1)
        line.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
    else:
        line.setFixedHeight(1)
        line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return line


class _DeafToWheel:
    """Part of a widget that does not change its value by a wheel that was meant for the page."""

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event) if self.hasFocus() else event.ignore()  # type: ignore[misc, attr-defined]


class ComboBox(_DeafToWheel, QComboBox):
    """A combo box.

    Args:
        name: What it is called for people who do not see it.
        choices: What it offers.
    """

    def __init__(self, name: str = "", choices: Sequence[str] = ()) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.addItems(choices)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        # The usual one is deaf to the style sheet's rows.
        self.setItemDelegate(QStyledItemDelegate(self))


def _dress(box: QAbstractSpinBox, name: str) -> None:
    box.setAccessibleName(name)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    box.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    box.lineEdit().setTextMargins(6, 0, 6, 0)


class SpinBox(_DeafToWheel, QSpinBox):
    """A spin box for whole numbers of 31 bits.

    Args:
        name: What it is called for people who do not see it.
        low: The smallest.
        high: The largest.
    """

    def __init__(self, name: str = "", low: int = 0, high: int = 99) -> None:
        super().__init__()
        _dress(self, name)
        self.setRange(low, high)


class DoubleSpinBox(_DeafToWheel, QDoubleSpinBox):
    """A spin box for numbers with a fraction, or for whole ones beyond 31 bits.

    Args:
        name: What it is called for people who do not see it.
        low: The smallest.
        high: The largest.
        decimals: Digits after the point.
    """

    def __init__(self, name: str = "", low: float = 0.0, high: float = 99.99, decimals: int = 2) -> None:
        super().__init__()
        _dress(self, name)
        self.setDecimals(decimals)
        self.setRange(low, high)


class LineEdit(QLineEdit):
    """A line to type into.

    Args:
        name: What it is called for people who do not see it.
        hint: What stands in it while it is empty.
        search: It is for searching, and is emptied by a button.
    """

    def __init__(self, name: str, hint: str = "", search: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setClearButtonEnabled(search)


class Slider(QSlider):
    """A slider from left to right.

    Args:
        name: What it sets.
        low: Its left end.
        high: Its right end.
        value: Where it begins.
    """

    def __init__(self, name: str, low: int = 0, high: int = 0, value: int = 0) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setAccessibleName(name)
        self.setRange(low, high)
        self.setValue(value)


class TextTable(QTableWidget):
    """Texts in rows, to be read.

    Args:
        name: What it is called for people who do not see it.
        headings: Titles of its columns; the last takes what room is left.
    """

    def __init__(self, name: str, *headings: str) -> None:
        super().__init__(0, len(headings))
        self.setAccessibleName(name)
        self.setHorizontalHeaderLabels(headings)
        self.verticalHeader().hide()
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.horizontalHeader().setStretchLastSection(True)

    def set_rows(self, rows: Sequence[Sequence[str]], tips: bool = False) -> None:
        """Show these texts, each in one line; columns but the last become as wide as they are.

        Args:
            rows: The texts of each row.
            tips: Each has its whole text as a tooltip.
        """
        self.setRowCount(len(rows))
        for number, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(" ".join(text.split()))
                item.setToolTip(plain_tooltip(text) if tips else "")
                self.setItem(number, column, item)
        for column in range(self.columnCount() - 1):
            self.resizeColumnToContents(column)
