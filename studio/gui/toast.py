"""This file shows short messages over the lower right corner, with a button where something can be undone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from studio.gui.guard import guarded
from studio.gui.notice import Kind
from studio.gui.widgets import Button, IconButton, PlainLabel

__all__ = ["UNDO", "Toasts"]

UNDO = "Undo"
_SHOWN_MS = 8000
_MOST = 4
_MARGIN = 16


class _Toast(QFrame):
    def __init__(self, parent: QWidget, text: str, button: str, on_click: Callable[[], None] | None) -> None:
        super().__init__(parent)
        self.setProperty("role", "toast")
        self.text = text
        label = PlainLabel(text)
        label.setMinimumWidth(240)
        label.setMaximumWidth(460)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 8, 8)
        layout.addWidget(label, 1)
        self.button = Button(button)
        self.button.setVisible(bool(button))
        layout.addWidget(self.button)
        self.close_button = IconButton("close", "Close this message")
        layout.addWidget(self.close_button)
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
        foot = self._beneath.sizeHint().height() if self._beneath is not None else 0
        bottom = self._over.height() - foot - _MARGIN
        for toast in reversed(self._shown):
            size = toast.sizeHint()
            height = max(size.height(), toast.heightForWidth(size.width()))
            toast.setGeometry(self._over.width() - size.width() - _MARGIN, bottom - height, size.width(), height)
            toast.raise_()
            bottom -= height + 8

    @guarded(fallback=False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._arrange()
        return False
