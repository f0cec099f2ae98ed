"""Fills a page that has nothing to show yet: one sentence, one thing to do, one example."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from studio.gui.layout import Stretch, column, row
from studio.gui.widgets import Button, PlainLabel, TitleLabel

__all__ = ["EmptyState"]

_WIDTH = 440


class EmptyState(QWidget):
    """A sentence and what to do about it.

    Args:
        title: What this place is for.
        text: One sentence on how it fills.
        primary: Verb of the button that does it.
        secondary: Verb of the button for an example; none where it is empty.

    Signals:
        primary_clicked: The first button was pressed.
        secondary_clicked: The second button was pressed.
    """

    primary_clicked = Signal()
    secondary_clicked = Signal()

    def __init__(self, title: str, text: str, primary: str, secondary: str = "") -> None:
        super().__init__()
        middle = Qt.AlignmentFlag.AlignHCenter
        heading = TitleLabel(title, 1.5)
        heading.setAlignment(middle)
        sentence = PlainLabel(text)
        sentence.setAlignment(middle)
        # A layout that centres a label asks for the height of one line only.
        sentence.setFixedSize(_WIDTH, sentence.heightForWidth(_WIDTH))
        first = Button(primary, primary=True)
        first.clicked.connect(self.primary_clicked)
        second = Button(secondary)
        second.clicked.connect(self.secondary_clicked)
        buttons = row(Stretch(), first, *([second] if secondary else []), Stretch())
        column(
            Stretch(2),
            heading,
            row(Stretch(), sentence, Stretch()),
            buttons,
            Stretch(3),
            on=self,
            spacing=16,
            margins=9,
        )
