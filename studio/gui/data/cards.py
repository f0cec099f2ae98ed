"""Shows the data sets of the workspace as a row of cards, one of which is chosen."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea

from studio.core.words import number_of, one_line
from studio.desk.snapshot import DatasetRow
from studio.gui.bridge import Bridge
from studio.gui.data.thumbnail import SIDE, thumbnail
from studio.gui.guard import guarded
from studio.gui.layout import Stretch, boxed, column, row
from studio.gui.painting import cut, pixmap
from studio.gui.theme import plain_tooltip
from studio.gui.widgets import Card, PlainLabel, SecondaryLabel, set_role

__all__ = ["DatasetCard", "DatasetCards"]

_WIDTH = 248
_TEXT_WIDTH = _WIDTH - SIDE - 12 - 12 - 10


class DatasetCard(Card):
    """One data set: nine of its items, its name, count and size; a damaged one says so.

    Signals:
        clicked: The person wants this one.
        moved: The person wants the one so many places further right.
    """

    clicked = Signal()
    moved = Signal(int)

    def __init__(self, data: DatasetRow, bridge: Bridge) -> None:
        super().__init__()
        self.row = data
        self._ringed = False  # the keyboard brought the focus here
        self.setFixedWidth(_WIDTH)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._picture = QLabel()
        self._picture.setFixedSize(SIDE, SIDE)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._name = PlainLabel()
        self._name.setWordWrap(False)
        font = self._name.font()
        font.setBold(True)
        self._name.setFont(font)
        self._count, self._size = SecondaryLabel(), SecondaryLabel()
        text = column(Stretch(), self._name, self._count, self._size, Stretch(), spacing=2)
        row(self._picture, (text, 1), on=self, spacing=12, margins=10)
        self._say()
        if data.document is not None:
            bridge.run(self, lambda: thumbnail(data.folder), self._on_pictured, self._on_damaged)

    def _say(self) -> None:
        document = self.row.document
        if document is None:
            self._show_name(self.row.folder.name)
            self._show_damage(self.row.error)
            return
        self._show_name(document.name)
        self._count.setText(number_of(document.count, "item"))
        size = document.spec.size
        self._size.setText(size)
        name = one_line(document.name)
        self.setToolTip(plain_tooltip(name))
        self.setAccessibleName(f"{name}, {self._count.text()}, {size}")

    def _show_name(self, name: str) -> None:
        self._name.setText(cut(name, self._name.fontMetrics(), _TEXT_WIDTH))

    def texts(self) -> list[str]:
        """What the card says."""
        return [label.text() for label in (self._name, self._count, self._size)]

    def _show_damage(self, reason: str) -> None:
        ground = self.palette().color(QPalette.ColorRole.PlaceholderText)
        self._picture.setPixmap(pixmap("warning", ground, 32, self.devicePixelRatioF()))
        self._count.setText("Damaged")
        set_role(self._count, role="bad")
        self._size.setText("")
        self.setToolTip(plain_tooltip(one_line(reason)))
        self.setAccessibleName(f"{self._name.text()}, damaged")

    def _on_pictured(self, image: QImage) -> None:
        self._picture.setPixmap(QPixmap.fromImage(image))

    def _on_damaged(self, error: Exception) -> None:
        self._show_damage(str(error))

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.moved.emit(1 if key == Qt.Key.Key_Right else -1)
        else:
            event.ignore()

    @guarded
    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self._ringed = True
            self.update()

    @guarded
    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._ringed = False
        self.update()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._ringed:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 2))
            painter.drawRoundedRect(self.rect().adjusted(5, 5, -5, -5), 4, 4)
            painter.end()


class DatasetCards(QScrollArea):
    """The cards, newest first, in one row that scrolls.

    Args:
        bridge: Where the pictures are made.

    Signals:
        chosen: Folder of the data set that the person chose.
    """

    chosen = Signal(Path)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._cards: dict[Path, DatasetCard] = {}
        self._current: Path | None = None
        self._layout = row(Stretch())
        self.setWidget(boxed(self._layout, plain=True))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(SIDE + 20 + 2 + 14)
        self.setAccessibleName("Data sets")

    @property
    def cards(self) -> list[DatasetCard]:
        """The cards as they stand, newest first."""
        return list(self._cards.values())

    def show_rows(self, rows: tuple[DatasetRow, ...]) -> None:
        """Show these data sets, oldest first as the watch lists them; cards that still hold stay."""
        cards: dict[Path, DatasetCard] = {}
        for place, found in enumerate(reversed(rows)):
            card = self._cards.pop(found.folder, None)
            if card is not None and card.row != found:
                card.deleteLater()
                card = None
            if card is None:
                card = DatasetCard(found, self._bridge)
                card.clicked.connect(lambda folder=found.folder: self.chosen.emit(folder))
                card.moved.connect(self._on_moved)
            if self._layout.indexOf(card) != place:
                self._layout.insertWidget(place, card)
            cards[found.folder] = card
        for gone in self._cards.values():
            gone.hide()
            gone.deleteLater()
        self._cards = cards
        self.set_current(self._current)

    def set_current(self, folder: Path | None) -> None:
        """Show which one is chosen; Tab reaches that one, arrows the others."""
        self._current = folder
        for path, card in self._cards.items():
            if bool(card.property("chosen")) != (path == folder):
                card.set_chosen(path == folder)
            chosen = path == folder or (folder not in self._cards and card is self.cards[0])
            card.setFocusPolicy(Qt.FocusPolicy.StrongFocus if chosen else Qt.FocusPolicy.ClickFocus)
        if folder in self._cards:
            self.ensureWidgetVisible(self._cards[folder], 8, 0)

    def _on_moved(self, step: int) -> None:
        folders = list(self._cards)
        if self._current in self._cards:
            place = folders.index(self._current) + step
            if 0 <= place < len(folders):
                self.chosen.emit(folders[place])
                self._cards[folders[place]].setFocus(Qt.FocusReason.TabFocusReason)

    @guarded(fallback=False)
    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self._current in self._cards:
            self.ensureWidgetVisible(self._cards[self._current], 8, 0)
        return super().viewportEvent(event)
