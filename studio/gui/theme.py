"""The colours and the style sheet of the window, light and dark."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

__all__ = ["DARK", "LIGHT", "Choice", "Colours", "Theme", "plain_tooltip"]

Choice = Literal["system", "light", "dark"]


@dataclass(frozen=True)
class Colours:
    """The colours of one appearance, each as #rrggbb.

    Text and secondary text have a contrast of at least 4.5 to 1 on window, surface and raised.
    """

    window: str
    surface: str
    raised: str
    border: str
    text: str
    secondary: str
    accent: str
    on_accent: str
    good: str
    warning: str
    bad: str


DARK = Colours(
    "#15171b",
    "#1c1f25",
    "#252932",
    "#353b47",
    "#e7e9ee",
    "#9aa3b2",
    "#6c9cff",
    "#10131a",
    "#4cc38a",
    "#e5a94b",
    "#ec6a6a",
)
LIGHT = Colours(
    "#f4f5f7",
    "#ffffff",
    "#ffffff",
    "#d9dde4",
    "#1a1e25",
    "#596273",
    "#2b66d9",
    "#ffffff",
    "#1f8a57",
    "#a86a00",
    "#c43d3d",
)
# A colour-blind-safe set (Okabe and Ito 2008); a family keeps its colour everywhere.
_FAMILIES = {
    "vae": "#56b4e9",
    "gan": "#d55e00",
    "autoregressive": "#e69f00",
    "flow": "#009e73",
    "diffusion": "#cc79a7",
}
_STRANGERS = ("#0072b2", "#b8a800", "#8a8f99")

_SHEET = """
QWidget {{ color: {text}; }}
QToolTip {{ color: {text}; background: {raised}; border: 1px solid {border}; padding: 4px; }}
QFrame[role="card"] {{ background: {surface}; border: 1px solid {border}; border-radius: 6px; }}
QFrame[role="rail"], QFrame[role="strip"] {{ background: {surface}; border: 0; }}
QFrame[role="line"] {{ background: {border}; border: 0; }}
QFrame[role="toast"] {{ background: {raised}; border: 1px solid {border}; border-radius: 6px; }}
QFrame[role="notice"] {{ background: {surface}; border: 1px solid {border}; border-radius: 6px; }}
QFrame[role="notice"][kind="good"] {{ border-color: {good}; }}
QFrame[role="notice"][kind="warning"] {{ border-color: {warning}; }}
QFrame[role="notice"][kind="bad"] {{ border-color: {bad}; }}
QFrame[role="card"][chosen="true"] {{ border: 2px solid {accent}; }}
QLabel {{ background: transparent; }}
QLabel[role="secondary"] {{ color: {secondary}; }}
QLabel[role="field-error"] {{ color: {bad}; }}
QLabel[role="good"] {{ color: {good}; }}
QLabel[role="warning"] {{ color: {warning}; }}
QLabel[role="bad"] {{ color: {bad}; }}
QPushButton, QToolButton[role="button"] {{
    background: {raised}; border: 1px solid {border}; border-radius: 6px; padding: 5px 12px; min-height: 18px;
}}
QPushButton:hover, QToolButton[role="button"]:hover {{ border-color: {secondary}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {border}; }}
QPushButton:focus, QToolButton[role="button"]:focus {{ border: 2px solid {accent}; padding: 4px 11px; }}
QPushButton:checked {{ background: {selected}; border-color: {accent}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {secondary}; background: {surface}; }}
QPushButton[role="primary"] {{ background: {accent}; border-color: {accent}; color: {on_accent}; font-weight: 600; }}
QPushButton[role="primary"]:focus {{ border: 2px solid {text}; padding: 4px 11px; }}
QPushButton[role="primary"]:disabled {{ background: {border}; border-color: {border}; color: {secondary}; }}
QPushButton[role="rail"] {{
    background: transparent; border: 2px solid transparent; border-radius: 6px; padding: 6px 10px; text-align: left;
}}
QPushButton[role="rail"]:hover {{ background: {raised}; }}
QPushButton[role="rail"]:checked {{ background: {selected}; font-weight: 600; }}
QPushButton[role="rail"]:focus {{ border: 2px solid {accent}; }}
QPushButton[role="rail"][kind="warning"] {{ color: {warning}; }}
QToolButton[role="icon"] {{ background: transparent; border: 2px solid transparent; border-radius: 6px; padding: 3px; }}
QToolButton[role="icon"]:hover {{ background: {raised}; }}
QToolButton[role="icon"]:checked {{ background: {selected}; }}
QToolButton[role="icon"]:focus {{ border: 2px solid {accent}; }}
QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox, QPlainTextEdit {{
    background: {raised}; border: 1px solid {border}; border-radius: 6px; padding: 4px 8px; min-height: 18px;
    selection-background-color: {accent}; selection-color: {on_accent};
}}
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus, QPlainTextEdit:focus {{
    border: 2px solid {accent}; padding: 3px 7px;
}}
QAbstractSpinBox QLineEdit, QComboBox QLineEdit {{
    background: transparent; border: 0; padding: 0; min-height: 0;
}}
QLineEdit[wrong="true"], QSpinBox[wrong="true"], QDoubleSpinBox[wrong="true"] {{ border: 1px solid {bad}; }}
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled {{ color: {secondary}; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: 0; }}
QComboBox {{ min-height: 21px; combobox-popup: 0; }}
QComboBox::drop-down {{ border: 0; width: 20px; }}
QComboBox::down-arrow {{ image: url("{arrow}"); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{ background: {raised}; border: 1px solid {border}; selection-background-color: {selected};
    selection-color: {text}; outline: 0; }}
QComboBox QAbstractItemView::item {{ min-height: 26px; padding: 0 8px; }}
QCheckBox, QRadioButton {{ background: transparent; spacing: 8px; border: 2px solid transparent; border-radius: 6px; }}
QCheckBox:focus, QRadioButton:focus {{ border: 2px solid {accent}; }}
QCheckBox::indicator, QListView::indicator, QTableView::indicator {{ width: 14px; height: 14px;
    border: 1px solid {secondary}; border-radius: 4px; background: {raised}; }}
QCheckBox::indicator:checked, QListView::indicator:checked, QTableView::indicator:checked {{
    background: {accent}; border-color: {accent};
    image: url("{check}"); }}
QAbstractItemView {{ background: {surface}; border: 1px solid {border}; border-radius: 6px; outline: 0;
    selection-background-color: {selected}; selection-color: {text}; alternate-background-color: {window}; }}
QAbstractItemView:focus {{ border: 2px solid {accent}; }}
QComboBox QAbstractItemView:focus {{ border: 1px solid {border}; }}
QListView[role="bare"], QListView[role="bare"]:focus {{ background: transparent; border: 0;
    selection-background-color: {accent}; }}
QListWidget::item {{ padding: 6px 8px; border-radius: 4px; }}
QListWidget::item:selected {{ background: {selected}; color: {text}; }}
QTableView {{ gridline-color: {border}; }}
QTableView::item {{ padding: 4px 8px; }}
QHeaderView {{ background: {surface}; border: 0; border-radius: 0; }}
QHeaderView::section {{ background: {surface}; color: {secondary}; border: 0;
    border-bottom: 1px solid {border}; padding: 6px 8px; }}
QTableCornerButton::section {{ background: {surface}; border: 0; }}
QScrollArea, QStackedWidget {{ background: transparent; border: 0; }}
QScrollArea > QWidget > QWidget[role="plain"] {{ background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {border}; border-radius: 4px; margin: 2px; min-height: 28px; min-width: 28px; }}
QScrollBar::handle:hover {{ background: {secondary}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QProgressBar {{ background: {border}; border: 0; border-radius: 3px; max-height: 6px; min-height: 6px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 3px; }}
QSlider::groove:horizontal {{ background: {border}; height: 4px; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {accent}; height: 4px; border-radius: 2px; }}
QSlider::handle:horizontal {{ background: {accent}; width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; }}
QSlider:focus {{ border: 2px solid {accent}; border-radius: 6px; }}
QSlider::groove:horizontal:disabled, QSlider::sub-page:horizontal:disabled {{ background: {border}; }}
QSlider::handle:horizontal:disabled {{ background: {border}; }}
QSplitter::handle {{ background: transparent; }}
QSplitter::handle:hover {{ background: {border}; }}
QMenu {{ background: {raised}; border: 1px solid {border}; padding: 4px; }}
QMenu::item {{ padding: 6px 20px; border-radius: 4px; }}
QMenu::item:selected {{ background: {selected}; }}
QMenu::separator {{ height: 1px; background: {border}; margin: 4px 8px; }}
"""


def plain_tooltip(text: str) -> str:
    """Foreign text for a tooltip: Qt would read markup in it otherwise."""
    escaped = html.escape(text).replace("\n", "<br>")
    return f"<qt>{escaped}</qt>" if escaped else ""


def _mix(first: str, second: str, share: float) -> str:
    a, b = QColor(first), QColor(second)
    parts = ((1 - share) * x + share * y for x, y in zip(a.getRgb()[:3], b.getRgb()[:3], strict=True))  # type: ignore[index]
    return QColor(*(round(part) for part in parts)).name()


class Theme(QObject):
    """The appearance of the application.

    Args:
        application: What is dressed.
        choice: What the person chose; ``system`` follows the desktop.

    Signals:
        changed: The colours are others now.
    """

    changed = Signal()

    def __init__(self, application: QApplication, choice: Choice = "system") -> None:
        super().__init__(application)
        self._application = application
        self.choice: Choice = choice
        self.dark = False
        self.colours = LIGHT
        self._strangers: dict[str, str] = {}
        font = application.font()
        # Numbers in columns and read-outs must not dance.
        font.setFeature(QFont.Tag("tnum"), 1)
        application.setFont(font)
        application.setStyle("Fusion")
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)
        self.choose(choice)

    def choose(self, choice: Choice) -> None:
        """Change the appearance."""
        self.choice = choice
        scheme = QGuiApplication.styleHints().colorScheme()
        self.dark = choice == "dark" or (choice == "system" and scheme == Qt.ColorScheme.Dark)
        self.colours = DARK if self.dark else LIGHT
        self._application.setPalette(self._palette())
        self._application.setStyleSheet(self._sheet())
        self.changed.emit()

    def family(self, id: str) -> QColor:
        """The colour of a family; a stranger's gets the next free one and keeps it."""
        if id in _FAMILIES:
            return QColor(_FAMILIES[id])
        colour = self._strangers.setdefault(id, _STRANGERS[len(self._strangers) % len(_STRANGERS)])
        return QColor(colour)

    @property
    def selected(self) -> str:
        """Ground of what is selected."""
        return _mix(self.colours.surface, self.colours.accent, 0.22)

    def _on_scheme_changed(self) -> None:
        if self.choice == "system":
            self.choose("system")

    def _sheet(self) -> str:
        from studio.core.resources import resource

        arrow = resource("icons/arrow-dark.svg" if self.dark else "icons/arrow-light.svg").as_posix()
        check = resource("icons/check-dark.svg" if self.dark else "icons/check-light.svg").as_posix()
        return _SHEET.format(**vars(self.colours), selected=self.selected, arrow=arrow, check=check)

    def _palette(self) -> QPalette:
        colours, palette, role = self.colours, QPalette(), QPalette.ColorRole
        for target, colour in (
            (role.Window, colours.window),
            (role.Base, colours.surface),
            (role.AlternateBase, colours.window),
            (role.Button, colours.raised),
            (role.ToolTipBase, colours.raised),
            (role.WindowText, colours.text),
            (role.Text, colours.text),
            (role.ButtonText, colours.text),
            (role.ToolTipText, colours.text),
            (role.PlaceholderText, colours.secondary),
            (role.Highlight, colours.accent),
            (role.HighlightedText, colours.on_accent),
            (role.Link, colours.accent),
            (role.Mid, colours.border),
            (role.Dark, colours.border),
            (role.Light, colours.raised),
        ):
            palette.setColor(target, QColor(colour))
        for target in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, target, QColor(colours.secondary))
        return palette
