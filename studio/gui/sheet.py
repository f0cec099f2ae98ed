"""This file holds a sheet: a panel over the window with a title, its content, and Esc to close."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
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
        """Appear over the window."""
        over = self._over
        self.setGeometry(over.rect())
        width, height = min(self._width, over.width() - 48), over.height() - 96
        self.panel.setGeometry(QRect((over.width() - width) // 2, 48, width, height))
        self.show()
        self.raise_()
        self.close_button.setFocus()

    def close_sheet(self) -> None:
        """Go."""
        self.hide()
        self.closed.emit()
        self.deleteLater()

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
