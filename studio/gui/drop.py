"""Says what will happen to files that are dropped, and covers the window while they hover over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

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

from studio.gui.guard import guarded
from studio.gui.overlay import Overlay
from studio.gui.theme import Theme

__all__ = ["DropField", "Dropped", "classify", "dropped_paths"]

_SAMPLE_MARK = b"studio.sample\0"
# The studio writes the settings before the pixels; a program that packed the file again may have put them behind.
_HOVER_BYTES = 64 * 2**10
_DROP_BYTES = 4 * 2**20


@dataclass(frozen=True)
class Dropped:
    """Files over the window.

    Attributes:
        kind: What they are to the studio.
        words: What will happen, or why nothing will.
        paths: The files.
    """

    kind: Literal["data", "model", "settings", "refused"]
    words: str
    paths: tuple[Path, ...] = ()


def dropped_paths(mime: QMimeData) -> tuple[list[Path], bool]:
    """Local files of a drag, and whether it also holds addresses of elsewhere."""
    urls = mime.urls()
    local = [Path(url.toLocalFile()) for url in urls if url.isLocalFile() and url.toLocalFile()]
    return local, len(local) < len(urls)


def _is_sample(path: Path, most: int) -> bool:
    try:
        if not path.is_file():
            return False  # to open a pipe would wait for its writer
        with open(path, "rb", buffering=0) as file:
            return _SAMPLE_MARK in file.read(most)
    except OSError:
        return False


def classify(paths: list[Path], remote: bool = False, hovering: bool = False) -> Dropped:
    """Decide what files are to the studio.

    Args:
        paths: Local files and folders.
        remote: Whether something of elsewhere was among what was dropped.
        hovering: Whether they are still held; as little as can be is read of them then, for the window and whoever
            drags wait for it.
    """
    if not paths:
        why = "This is not a file on this machine; save it to a folder first, then drop the file"
        return Dropped("refused", why if remote else "There is no file in what was dropped")
    names = [path.name or str(path) for path in paths]
    endings = {path.suffix.lower() for path in paths}
    if endings == {".onnx"}:
        if len(paths) > 1:
            return Dropped("refused", "Open one model at a time")
        return Dropped("model", f"Open the model '{names[0]}'", tuple(paths))
    if ".whl" in endings:
        return Dropped("refused", "A plugin is installed with pip: pip install FILE.whl, then start the studio again")
    most = _HOVER_BYTES if hovering else _DROP_BYTES
    if len(paths) == 1 and endings == {".png"} and _is_sample(paths[0], most):
        return Dropped("settings", f"Restore the settings that made '{names[0]}'", tuple(paths))
    if len(paths) == 1:
        what = f"the folder '{names[0]}'" if not hovering and paths[0].is_dir() else f"'{names[0]}'"
        return Dropped("data", f"Add {what} as a data set", tuple(paths))
    return Dropped("data", f"Add {len(paths):,} files and folders as a data set", tuple(paths))


def _accept(event: QDropEvent) -> None:
    """Take a copy, whatever is proposed: whoever is told that files were moved deletes them."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()


class DropField(Overlay):
    """A dashed field over the whole window that says what a drop will do.

    Args:
        theme: The colours.
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
