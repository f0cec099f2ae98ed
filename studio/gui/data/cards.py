"""Shows the data sets of the workspace as a row of cards, one of which is chosen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QRect, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.core.words import number_of, one_line
from studio.data.dataset import open_dataset
from studio.desk.items import ITEMS
from studio.desk.snapshot import DatasetRow
from studio.gui.bridge import Bridge
from studio.gui.guard import guarded
from studio.gui.item.viewer import viewer_of
from studio.gui.painting import Index, pixmap, write_line
from studio.gui.theme import Theme, plain_tooltip
from studio.store.rows import Rows

__all__ = ["SIDE", "DatasetCard", "DatasetCards", "thumbnail"]

SIDE = 72
_SCALE = 2
_WIDTH, _MARGIN, _GAP = 248, 11, 8
_IMAGE = Qt.ItemDataRole.DecorationRole


def thumbnail(folder: Path) -> QImage:
    """Paint some items, spread over the data set; it may be called in any thread.

    Raises:
        StudioError: If the data set is damaged.
        OSError: If its items cannot be opened.
    """
    data = open_dataset(folder)
    rows, viewer = Rows(folder / ITEMS, data.spec), viewer_of(data.spec)
    numbers = np.unique(np.linspace(0, len(data) - 1, viewer.card_items).round().astype(int))
    items = [item for number in numbers if (item := rows.read(int(number))) is not None]
    rows.close()
    canvas = viewer.card(np.stack(items) if items else np.empty((0, *data.spec.shape)), SIDE * _SCALE)
    canvas.setDevicePixelRatio(_SCALE)
    return canvas


class DatasetCard(QListWidgetItem):
    """One data set: nine of its items, its name, count and size; a damaged one says so."""

    def __init__(self, row: DatasetRow) -> None:
        super().__init__()
        self.row = row
        self.damaged = False
        document = row.document
        self._texts = [row.folder.name, "", ""]
        if document is None:
            self.show_damage(row.error)
        else:
            self._texts = [document.name, number_of(document.count, "item"), document.spec.size]
            self._say(", ".join(self._texts), document.name)

    def texts(self) -> list[str]:
        """What the card says."""
        return self._texts

    def show_damage(self, reason: str) -> None:
        """Say that the data set is damaged."""
        self.damaged = True
        self._texts = [self._texts[0], "Damaged", ""]
        self._say(f"{self._texts[0]}, damaged", reason)

    def _say(self, words: str, tip: str) -> None:
        self.setData(Qt.ItemDataRole.AccessibleTextRole, one_line(words))
        self.setToolTip(plain_tooltip(one_line(tip)))


class _Painter(QStyledItemDelegate):
    """Draws a card; foreign text is drawn, never read as markup."""

    def __init__(self, theme: Theme, cards: DatasetCards) -> None:
        super().__init__(cards)
        self._theme, self._cards = theme, cards

    @guarded(fallback=QSize(_WIDTH + _GAP, SIDE))
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(_WIDTH + _GAP, SIDE + 2 * _MARGIN)

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        card, chosen = self._cards.cards[index.row()], index.row() == self._cards.currentRow()
        colours, rect = self._theme.colours, QRect(option.rect).adjusted(0, 0, -_GAP, 0)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = 2 if chosen else 1
        painter.setPen(QPen(QColor(colours.accent if chosen else colours.border), width))
        painter.setBrush(QColor(colours.surface))
        edge = width / 2
        painter.drawRoundedRect(QRectF(rect).adjusted(edge, edge, -edge, -edge), 6, 6)
        place = QRect(rect.x() + _MARGIN, rect.center().y() - SIDE // 2 + 1, SIDE, SIDE)
        if card.damaged:
            mark = pixmap("warning", colours.secondary, 32, self._cards.devicePixelRatioF())
            painter.drawPixmap(place.center() - QRect(0, 0, 32, 32).center(), mark)
        elif (image := card.data(_IMAGE)) is not None:
            painter.drawImage(place, image)
        bold, small = QFont(option.font), QFont(option.font)
        bold.setBold(True)
        small.setPointSizeF(small.pointSizeF() * 0.9)
        quiet = colours.secondary
        colour = colours.bad if card.damaged else quiet
        lines = zip(card.texts(), (bold, small, small), (colours.text, colour, quiet), strict=True)
        height = option.fontMetrics.height() + 2
        text = QRect(place.right() + 13, rect.center().y() - 3 * height // 2 + 1, 0, height)
        text.setRight(rect.right() - _MARGIN)
        for line, font, ink in lines:
            write_line(painter, text, line, font, ink)
            text.translate(0, height)
        ringed = QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_KeyboardFocusChange
        if option.state & ringed == ringed:
            painter.setPen(QPen(QColor(colours.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(5, 5, -5, -5), 4, 4)
        painter.restore()


class DatasetCards(QListWidget):
    """The cards, newest first, in one row that scrolls.

    Args:
        bridge: Where the pictures are made.

    Signals:
        chosen: Folder of the data set that the person chose.
    """

    chosen = Signal(Path)

    def __init__(self, theme: Theme, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._current: Path | None = None
        self.cards: list[DatasetCard] = []
        self.setProperty("role", "bare")
        self.setItemDelegate(_Painter(theme, self))
        self.setFlow(QListWidget.Flow.LeftToRight)
        self.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.setHorizontalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedHeight(SIDE + 2 * _MARGIN + 14)
        self.setAccessibleName("Data sets")
        self.currentRowChanged.connect(lambda place: self.chosen.emit(self.cards[place].row.folder))

    def show_rows(self, rows: tuple[DatasetRow, ...]) -> None:
        """Show these data sets, oldest first as the watch lists them; cards that still hold stay."""
        known = {card.row.folder: card for card in self.cards}
        with QSignalBlocker(self):
            while self.count():
                self.takeItem(0)
            self.cards = []
            for found in reversed(rows):
                card = known.get(found.folder)
                if card is None or card.row != found:
                    card = self._new_card(found)
                self.cards.append(card)
                self.addItem(card)
        self.set_current(self._current)

    def set_current(self, folder: Path | None) -> None:
        """Show which one is chosen; arrows lead to the others."""
        self._current = folder
        with QSignalBlocker(self):
            self.setCurrentRow(next((place for place, card in enumerate(self.cards) if card.row.folder == folder), -1))
        self.viewport().update()

    def _new_card(self, row: DatasetRow) -> DatasetCard:
        card = DatasetCard(row)
        if row.document is not None:
            self._bridge.run(
                self,
                lambda: thumbnail(row.folder),
                lambda image: card.setData(_IMAGE, image),
                lambda error: card.show_damage(str(error)),
            )
        return card

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scrollTo(self.currentIndex())
