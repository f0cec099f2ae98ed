"""Lets a person choose a family by what it is good for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.gui.guard import guarded
from studio.gui.theme import Theme, plain_tooltip
from studio.gui.widgets import Card, PlainLabel, SecondaryLabel
from studio.hooks.catalogue import CatalogueFamily

__all__ = ["FamilyCards"]


class _FamilyCard(Card):
    """One family: its colour, title and one sentence."""

    clicked = Signal(str)

    def __init__(self, theme: Theme, family: CatalogueFamily) -> None:
        super().__init__()
        self._theme = theme
        self.family = family
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{family.title}. {family.summary}")
        self.setToolTip(plain_tooltip(family.paper))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 6, 8, 6)
        layout.setSpacing(0)
        layout.addWidget(PlainLabel(family.title))
        layout.addWidget(SecondaryLabel(family.summary))

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit(self.family.id)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clicked.emit(self.family.id)
        else:
            super().keyPressEvent(event)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.family(self.family.id))
        painter.drawRoundedRect(7, 10, 4, self.height() - 20, 2, 2)
        painter.end()


class FamilyCards(QWidget):
    """A card for each family.

    Args:
        theme: The colours.

    Signals:
        chosen: The id of a family.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cards: dict[str, _FamilyCard] = {}
        self.current = ""
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)

    def set_families(self, families: Sequence[CatalogueFamily]) -> None:
        """Offer these; the chosen one stays where it is still there."""
        for card in self._cards.values():
            self._layout.removeWidget(card)
            card.deleteLater()
        self._cards = {}
        for family in families:
            card = _FamilyCard(self._theme, family)
            card.clicked.connect(self.choose)
            self._cards[family.id] = card
            self._layout.addWidget(card)
        if not self._cards:
            self.current = ""
        else:
            self.choose(self.current if self.current in self._cards else next(iter(self._cards)))

    def choose(self, id: str) -> None:
        """Choose a family."""
        self.current = id
        for name, card in self._cards.items():
            card.set_chosen(name == id)
        self.chosen.emit(id)
