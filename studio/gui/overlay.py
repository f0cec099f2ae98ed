"""Lies over a widget until it is dismissed, and gives the keyboard back then."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QWidget

from studio.gui.guard import guarded

__all__ = ["Overlay"]


class Overlay(QFrame):
    """Something over a widget; Esc dismisses it.

    Args:
        over: The widget, whose size it follows.

    Signals:
        dismissed: It went.
    """

    dismissed = Signal()

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self._before: QWidget | None = None
        over.installEventFilter(self)
        self.hide()

    def appear(self, focus: QWidget | None = None) -> None:
        """Come over the widget, with the keyboard in one of its own widgets."""
        if self.isHidden():
            self._before = self._over.window().focusWidget()
        self.cover()
        self.show()
        self.raise_()
        if focus is not None:
            focus.setFocus()

    def dismiss(self) -> None:
        """Go, and give the keyboard back."""
        if self.isHidden():
            return
        self.hide()
        # What had it may be gone: what lies beneath goes on.
        if self._before is not None and shiboken6.isValid(self._before):
            self._before.setFocus()
        self.dismissed.emit()

    def cover(self) -> None:
        """Take its place."""
        self.setGeometry(self._over.rect())

    def follow(self) -> None:
        """The widget has another size now."""
        self.cover()

    @guarded(fallback=False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._over and not self.isHidden():
            self.follow()
        return False

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            event.ignore()
