"""Lets a person choose a family by what it is good for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.gui.guard import guarded
from studio.gui.layout import column
from studio.gui.painting import paint_family
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
        column(PlainLabel(family.title), SecondaryLabel(family.summary), on=self, spacing=0, margins=(18, 6, 8, 6))

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
        paint_family(painter, QRect(7, 10, 4, self.height() - 20), self._theme.family(self.family.id))
        painter.end()


class FamilyCards(QWidget):
    """A card for each family.

    Signals:
        chosen: The id of a family.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._cards: dict[str, _FamilyCard] = {}
        self.current = ""
        self._layout = column(on=self, spacing=4)

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
