"""A sheet: a panel over the window with a title, its content, and Esc to close."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from studio.gui.guard import guarded
from studio.gui.widgets import IconButton, TitleLabel

__all__ = ["Sheet"]


class Sheet(QWidget):
    """A panel in the middle of the window, which goes on behind it.

    Args:
        title: Its title.
        over: The window.
        width: Its width in pixels, where the window has as much.

    Signals:
        closed: It went.
    """

    closed = Signal()

    def __init__(self, title: str, over: QWidget, width: int = 720) -> None:
        super().__init__(over)
        self._over = over
        self._width = width
        self._before: QWidget | None = None
        self.title = title
        self.panel = QFrame(self)
        self.panel.setProperty("role", "toast")
        heading = TitleLabel(title)
        self.close_button = IconButton("close", "Close")
        self.close_button.clicked.connect(self.close_sheet)
        row = QHBoxLayout()
        row.addWidget(heading, 1)
        row.addWidget(self.close_button)
        self.content = QVBoxLayout()
        self.content.setSpacing(8)
        layout = QVBoxLayout(self.panel)
        layout.setContentsMargins(16, 12, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(row)
        layout.addLayout(self.content, 1)
        self.hide()

    def open(self) -> None:
        """Appear over the window, in the place of one with the same title."""
        over = self._over
        for other in over.findChildren(Sheet, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if other is not self and other.isVisible() and other.title == self.title:
                other.close_sheet()
        self._before = over.window().focusWidget()
        self._arrange()
        over.installEventFilter(self)
        self.show()
        self.raise_()
        self.close_button.setFocus()

    def close_sheet(self) -> None:
        """Go, and give the focus back."""
        self.hide()
        # What had it may be gone: the window goes on behind the sheet.
        if self._before is not None and shiboken6.isValid(self._before):
            self._before.setFocus()
        self.closed.emit()
        self.deleteLater()

    def _arrange(self) -> None:
        over = self._over
        self.setGeometry(over.rect())
        width, height = min(self._width, over.width() - 48), over.height() - 96
        self.panel.setGeometry(QRect((over.width() - width) // 2, 48, width, height))

    @guarded(fallback=False)
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._arrange()
        return False

    @guarded(fallback=True)
    def focusNextPrevChild(self, next: bool) -> bool:
        # Tab must not lead to what lies beneath and cannot be seen.
        widget = self.focusWidget() or self.close_button
        for _ in range(len(self.findChildren(QWidget)) + len(self._over.findChildren(QWidget)) + 1):
            following = widget.nextInFocusChain() if next else widget.previousInFocusChain()
            if following is None:
                break  # Qt's chain is a ring; its types do not say so
            widget = following
            takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and widget.isEnabled()
            if takes and self.isAncestorOf(widget):
                widget.setFocus(Qt.FocusReason.TabFocusReason if next else Qt.FocusReason.BacktabFocusReason)
                break
        return True

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_sheet()

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.panel.geometry().contains(event.position().toPoint()):
            self.close_sheet()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 110))
        painter.end()
