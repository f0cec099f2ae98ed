"""The legend of the curves: a key for each that hides and shows it, and its value."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QToolButton, QWidget

from studio.desk.curve import CurveKey
from studio.gui.layout import FlowLayout
from studio.gui.train.curve_plot import Style
from studio.gui.widgets import SecondaryLabel

__all__ = ["CurveLegend"]

_WIDTH, _HEIGHT, _LONGEST = 28, 12, 40


def _sample(style: Style) -> QIcon:
    """A piece of the line as it is drawn."""
    picture = QPixmap(2 * _WIDTH, 2 * _HEIGHT)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setPen(QPen(style.colour, 4, style.dash))
    painter.drawLine(2, _HEIGHT, 2 * _WIDTH - 2, _HEIGHT)
    painter.end()
    picture.setDevicePixelRatio(2.0)
    return QIcon(picture)


class CurveLegend(QWidget):
    """One button for each curve.

    Signals:
        toggled: A curve, and whether it is shown now.
    """

    toggled = Signal(object, bool)

    def __init__(self) -> None:
        super().__init__()
        self._layout = FlowLayout(self, 4)
        self._buttons: dict[CurveKey, QToolButton] = {}
        self._titles: dict[CurveKey, str] = {}
        self._place = SecondaryLabel(whole=True)
        self._layout.addWidget(self._place)

    @property
    def text(self) -> str:
        """Everything it says, for people who do not see it."""
        return "; ".join([self._place.text(), *(button.text() for button in self._buttons.values())])

    def set_entries(self, entries: Sequence[tuple[CurveKey, str, Style]], hidden: Collection[CurveKey] = ()) -> None:
        """Show these curves, in this order."""
        for button in self._buttons.values():
            self._layout.removeWidget(button)
            button.deleteLater()
        self._buttons.clear()
        for key, title, style in entries:
            button = QToolButton(self)
            button.setProperty("role", "icon")
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setIcon(_sample(style))
            button.setIconSize(QSize(_WIDTH, _HEIGHT))
            button.setCheckable(True)
            button.setChecked(key not in hidden)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._titles[key] = (title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1]}…").replace("&", "&&")
            button.setText(self._titles[key])
            button.setAccessibleName(f"Show {title}")
            button.toggled.connect(lambda shown, key=key: self.toggled.emit(key, shown))
            self._layout.addWidget(button)
            self._buttons[key] = button
            button.show()

    def set_values(self, values: Mapping[CurveKey, float], place: str = "last value") -> None:
        """Show a value beside each curve, and where it was read."""
        self._place.setText(f"{place}:" if values else "")
        for key, button in self._buttons.items():
            value = values.get(key, math.nan)
            number = f"  {value:,.5g}" if math.isfinite(value) else ""
            button.setText(self._titles[key] + number)
