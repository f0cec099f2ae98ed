"""Lists the models that can be sampled, with what each says of itself."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRect, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.desk.model_library import ModelChoice
from studio.gui.action import Action, button_of, icon_button_of
from studio.gui.guard import guarded
from studio.gui.layout import column, row
from studio.gui.painting import Index, paint_family, write_line
from studio.gui.theme import Theme, plain_tooltip

__all__ = ["ModelPanel"]

_ROLE = Qt.ItemDataRole.UserRole


class _Rows(QStyledItemDelegate):
    """Three lines a model, its family's colour at the left; foreign text is drawn, never read as markup."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    @guarded(fallback=QSize(160, 64))
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        height = option.fontMetrics.height()
        return QSize(120, height + 16 if index.data(_ROLE) is None else round(3.1 * height) + 16)

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        choice: ModelChoice | None = index.data(_ROLE)
        colours, rect = self._theme.colours, option.rect.adjusted(2, 2, -2, -2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setBrush(QColor(self._theme.selected))
            painter.drawRoundedRect(rect, 6, 6)
        text = QRect(rect.left() + 12, rect.top() + 6, rect.width() - 18, rect.height() - 12)
        bold = QFont(option.font)
        bold.setWeight(QFont.Weight.DemiBold)
        if choice is None:
            write_line(painter, text, index.data(), option.font, colours.text)
        else:
            family = choice.manifest.family if choice.manifest is not None else ""
            bar = QRect(rect.left() + 3, rect.top() + 6, 4, rect.height() - 12)
            paint_family(painter, bar, self._theme.family(family) if family else QColor(colours.border))
            small = QFont(option.font)
            small.setPointSizeF(small.pointSizeF() * 0.88)
            words, well = choice.quality
            step = text.height() // 3
            lines = (
                (choice.title, bold, colours.text),
                (choice.origin, small, colours.secondary),
                (words, small, colours.secondary if well else colours.warning),
            )
            for number, (line, font, colour) in enumerate(lines):
                place = QRect(text.left(), text.top() + number * step, text.width(), step)
                write_line(painter, place, line, font, colour)
        painter.restore()


class ModelPanel(QWidget):
    """The models, newest first, and above them all of them together.

    Args:
        open_file: Opens a file from elsewhere.
        remove: Moves the chosen model to the trash, or closes the file.

    Signals:
        chosen: Another model is the chosen one, a ModelChoice, or None for all.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme, open_file: Action, remove: Action) -> None:
        super().__init__()
        self._remove = remove
        self._list = QListWidget()
        self._list.setAccessibleName("Models")
        self._list.setItemDelegate(_Rows(theme, self._list))
        self._list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.currentItemChanged.connect(self._on_current)
        self.remove_button = icon_button_of(remove)
        column((self._list, 1), row((button_of(open_file), 1), self.remove_button), on=self)
        self._shown: list[ModelChoice] = []
        self.set_choices([])

    @property
    def choices(self) -> list[ModelChoice]:
        """The models in the list."""
        return self._shown

    @property
    def current(self) -> ModelChoice | None:
        """The chosen model; None for all of them."""
        item = self._list.currentItem()
        return item.data(_ROLE) if item is not None else None

    def set_choices(self, choices: list[ModelChoice]) -> None:
        """List other models; the chosen one stays chosen while it is there."""
        if choices == self._shown and self._list.count():
            return
        current = self.current
        self._shown = choices
        with QSignalBlocker(self._list):
            self._list.clear()
            self._list.addItem(QListWidgetItem("All models"))
            for choice in choices:
                item = QListWidgetItem()
                item.setData(_ROLE, choice)
                lines = (choice.title, choice.origin, choice.quality[0])
                item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(lines))
                item.setToolTip(plain_tooltip("\n".join((*lines, *choice.figures))))
                self._list.addItem(item)
        self.choose(current.path if current is not None else None)

    def choose(self, path: Path | None) -> None:
        """Choose a model by its file; all of them where it is None or not there."""
        place = next((place for place, choice in enumerate(self._shown, 1) if choice.path == path), 0)
        if self._list.currentRow() == place:
            self._on_current()
        else:
            self._list.setCurrentRow(place)

    def _on_current(self, *_: object) -> None:
        choice = self.current
        self._remove.setEnabled(choice is not None)
        removable = choice is None or choice.folder is not None
        words = "Remove the model" if removable else "Close the file"
        self._remove.present(words, words, "bin" if removable else "close", words)
        self.chosen.emit(choice)
