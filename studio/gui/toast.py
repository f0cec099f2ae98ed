"""Shows short messages near the lower right corner, where they cover no button and no field."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, QTimer
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QFrame, QLineEdit, QWidget

from studio.desk.context import Kind
from studio.gui.guard import guarded
from studio.gui.layout import row
from studio.gui.widgets import Button, IconButton, PlainLabel

__all__ = ["UNDO", "Toasts"]

UNDO = "Undo"
_SHOWN_MS = 8000
_MOST = 4
_MARGIN = 16
_GAP = 8
_HANDLED = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit)


class _Toast(QFrame):
    def __init__(self, parent: QWidget, text: str, button: str, on_click: Callable[[], None] | None) -> None:
        super().__init__(parent)
        self.setProperty("role", "toast")
        self.text = text
        label = PlainLabel(text)
        label.setMinimumWidth(240)
        label.setMaximumWidth(460)
        self.button = Button(button)
        self.button.setVisible(bool(button))
        self.close_button = IconButton("close", "Close this message")
        row((label, 1), self.button, self.close_button, on=self, margins=(12, 8, 8, 8))
        if on_click is not None:
            self.button.clicked.connect(lambda: on_click())


class Toasts(QObject):
    """The messages over one widget, newest at the bottom.

    Args:
        over: The widget they lie on.
    """

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._shown: list[_Toast] = []
        self._beneath: QWidget | None = None
        over.installEventFilter(self)

    def keep_clear(self, beneath: QWidget) -> None:
        """Leave a widget at the window's foot uncovered."""
        self._beneath = beneath
        self._arrange()

    @property
    def texts(self) -> list[str]:
        """What the messages say, oldest first."""
        return [toast.text for toast in self._shown]

    def say(self, text: str, button: str = "", on_click: Callable[[], None] | None = None, kind: Kind = "info") -> None:
        """Show a message; one with a button or bad news stays longer.

        Args:
            text: One or two sentences.
            button: Verb of its button.
            on_click: What the button does; the message goes with the click.
            kind: How grave it is.
        """
        if self._shown and self._shown[-1].text == text and not button:
            return
        toast = _Toast(self._over, text, button, on_click)
        toast.setProperty("kind", kind)
        toast.button.clicked.connect(lambda: self._remove(toast))
        toast.close_button.clicked.connect(lambda: self._remove(toast))
        self._shown.append(toast)
        while len(self._shown) > _MOST:
            self._remove(self._shown[0])
        QTimer.singleShot(_SHOWN_MS * (2 if button or kind == "bad" else 1), toast, lambda: self._remove(toast))
        toast.show()
        self._arrange()

    def press_newest(self) -> None:
        """Undo what the newest message offers to undo, as Ctrl+Z does; other buttons are not for that key."""
        for toast in reversed(self._shown):
            if toast.button.text() == UNDO:
                toast.button.click()
                return

    def _remove(self, toast: _Toast) -> None:
        if toast in self._shown:
            self._shown.remove(toast)
            toast.hide()
            toast.deleteLater()
            self._arrange()

    def _arrange(self) -> None:
        if not self._shown:
            return
        taken = self._taken()
        for toast in reversed(self._shown):
            size = toast.sizeHint()
            size.setHeight(max(size.height(), toast.heightForWidth(size.width())))
            place = QRect(self._place(size, taken), size)
            taken.append(place.adjusted(-_GAP, -_GAP, _GAP, _GAP))
            toast.setGeometry(place)
            toast.raise_()

    def _taken(self) -> list[QRect]:
        """Where something can be clicked or typed into: a message there would swallow it."""
        found = []
        for kind in _HANDLED:
            for widget in self._over.findChildren(kind):
                if widget.isVisible() and not any(toast.isAncestorOf(widget) for toast in self._shown):
                    origin = widget.mapTo(self._over, QPoint(0, 0))
                    # A part of a scrolled page may lie outside what is seen of it.
                    found.append(QRect(origin, widget.size()) & self._seen(widget))
        return [rect for rect in found if not rect.isEmpty()]

    def _seen(self, widget: QWidget) -> QRect:
        region = widget.visibleRegion().boundingRect()
        return QRect(widget.mapTo(self._over, region.topLeft()), region.size())

    def _place(self, size: QSize, taken: list[QRect]) -> QPoint:
        """The lowest place, and there the rightmost, that covers none of these; the corner where there is none."""
        foot = self._beneath.sizeHint().height() if self._beneath is not None else 0
        right, lowest = (
            self._over.width() - size.width() - _MARGIN,
            self._over.height() - foot - _MARGIN - size.height(),
        )
        heights = {lowest, *(rect.top() - size.height() - 1 for rect in taken)}
        for y in sorted((y for y in heights if _MARGIN <= y <= lowest), reverse=True):
            in_the_way = [rect for rect in taken if rect.top() < y + size.height() and rect.bottom() >= y]
            x = right
            while x >= _MARGIN:
                place = QRect(QPoint(x, y), size)
                covered = [rect.left() for rect in in_the_way if place.intersects(rect)]
                if not covered:
                    return place.topLeft()
                x = min(covered) - size.width() - 1
        return QPoint(right, lowest)

    @guarded(fallback=False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._arrange()
        return False
