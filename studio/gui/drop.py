"""Says what will happen to files that are dropped, and covers the window while they hover over it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from studio.desk.drop import Dropped, classify
from studio.gui.guard import guarded
from studio.gui.overlay import Overlay
from studio.gui.theme import Theme

__all__ = ["DropField", "dropped_paths"]


def dropped_paths(mime: QMimeData) -> tuple[list[Path], bool]:
    """Local files of a drag, and whether it also holds addresses of elsewhere."""
    urls = mime.urls()
    local = [Path(url.toLocalFile()) for url in urls if url.isLocalFile() and url.toLocalFile()]
    return local, len(local) < len(urls)


def _accept(event: QDropEvent) -> None:
    """Take a copy, whatever is proposed: whoever is told that files were moved deletes them."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()


class DropField(Overlay):
    """A dashed field over the whole window that says what a drop will do.

    Args:
        parent: The widget it covers.
        why_not: Why nothing can be dropped now; empty where something can.

    Signals:
        dropped: What was let go, a Dropped.
    """

    dropped = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget, why_not: Callable[[], str] = str) -> None:
        super().__init__(parent)
        self._why_not = why_not
        self._theme = theme
        self._held = Dropped("refused", "")
        self.setAcceptDrops(True)

    @property
    def words(self) -> str:
        """What it says."""
        return self._held.words

    def offer(self, event: QDragEnterEvent) -> None:
        """Appear for a drag that has just entered the window; text and the like are not meant for it."""
        if not event.mimeData().hasUrls():
            return
        self._held = self._decide(event.mimeData(), hovering=True)
        self.appear()
        self.update()
        _accept(event)

    def _decide(self, mime: QMimeData, hovering: bool) -> Dropped:
        why = self._why_not()
        return Dropped("refused", why) if why else classify(*dropped_paths(mime), hovering=hovering)

    @guarded
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.offer(event)

    @guarded
    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        _accept(event)

    @guarded
    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.dismiss()

    @guarded
    def dropEvent(self, event: QDropEvent) -> None:
        _accept(event)
        self.dismiss()
        self.dropped.emit(self._decide(event.mimeData(), hovering=False))

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(colours.window)
        ground.setAlpha(225)
        painter.fillRect(self.rect(), ground)
        edge = colours.secondary if self._held.kind == "refused" else colours.accent
        painter.setPen(QPen(QColor(edge), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(16, 16, -16, -16), 6, 6)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        inner = self.rect().adjusted(48, 48, -48, -48)
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._held.words)
        painter.end()
