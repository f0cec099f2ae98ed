"""A sheet: a panel over the window with a title, its content, and Esc to close."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from studio.gui.guard import guarded
from studio.gui.layout import column, row
from studio.gui.overlay import Overlay
from studio.gui.widgets import IconButton, TitleLabel

__all__ = ["Sheet"]


class Sheet(Overlay):
    """A panel in the middle of the window, which goes on behind it.

    Args:
        title: Its title.
        over: The window.
        width: Its width in pixels, where the window has as much.
    """

    def __init__(self, title: str, over: QWidget, width: int = 720) -> None:
        super().__init__(over)
        self._width = width
        self.title = title
        self.panel = QFrame(self)
        self.panel.setProperty("role", "toast")
        heading = TitleLabel(title)
        self.close_button = IconButton("close", "Close")
        self.close_button.clicked.connect(self.dismiss)
        self.dismissed.connect(self.deleteLater)
        self.content = column()
        head = row((heading, 1), self.close_button)
        column(head, (self.content, 1), on=self.panel, spacing=12, margins=(16, 12, 16, 16))

    def open(self) -> None:
        """Appear over the window, in the place of one with the same title."""
        for other in self._over.findChildren(Sheet, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if other is not self and other.title == self.title:
                other.dismiss()
        self.appear(self.close_button)

    def cover(self) -> None:
        """Cover the window, the panel in its middle."""
        super().cover()
        over = self._over
        width, height = min(self._width, over.width() - 48), over.height() - 96
        self.panel.setGeometry(QRect((over.width() - width) // 2, 48, width, height))

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
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.panel.geometry().contains(event.position().toPoint()):
            self.dismiss()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 110))
        painter.end()
