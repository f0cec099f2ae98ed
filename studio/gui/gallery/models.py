"""Lists the models that can be sampled, with what each says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.core.sampling import Manifest
from studio.core.words import moment
from studio.desk.snapshot import ModelRow
from studio.gui.action import Action, button_of, icon_button_of
from studio.gui.guard import guarded
from studio.gui.theme import Theme, plain_tooltip
from studio.store.model import SAMPLE_FILE

__all__ = ["ModelChoice", "ModelPanel", "choice_of_file", "choice_of_row"]

_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class ModelChoice:
    """A model in the list.

    Attributes:
        key: What tells it from others: its id, or for a file without one where it lies.
        path: The file that is sampled.
        manifest: What it says of itself; None where that has not been read yet.
        folder: Its folder in the workspace; None for a file that was opened.
        created: When it was exported, seconds since 1970; 0 where that is not known.
        error: Why it cannot be listed, where it cannot.
        run: Name that its run has now; empty where the run is not in the workspace.
    """

    key: str
    path: Path
    manifest: Manifest | None
    folder: Path | None = None
    created: float = 0.0
    error: str = ""
    run: str = ""

    @property
    def title(self) -> str:
        """The name of its run, else its title, else the name of its folder or file."""
        if self.run:
            return self.run
        if self.manifest is not None and self.manifest.title:
            return self.manifest.title
        return self.folder.name if self.folder is not None else self.path.name

    @property
    def origin(self) -> str:
        """Where it comes from and when, in words."""
        about = [self.manifest.dataset if self.manifest is not None else ""]
        if self.folder is None:
            about.append(str(self.path.name))
        if self.created:
            about.append(moment(self.created))
        return " · ".join(part for part in about if part)

    @property
    def quality(self) -> tuple[str, bool]:
        """How long it was trained and whether it is what torch had, in words; and whether all is well."""
        if self.manifest is None:
            return self.error or "Not read yet", not self.error
        parity = self.manifest.parity
        steps = f"{self.manifest.step:,} steps" if self.manifest.step else ""
        if self.manifest.edited:
            return "changed after it was certified", False
        if parity is None:
            return steps or "without certificate", True
        if not parity.passed:
            return f"differs from torch by {parity.max_abs:.0e}, too much", False
        return " · ".join(part for part in (steps, "parity passed") if part), True

    @property
    def figures(self) -> list[str]:
        """What was measured of it: its validation metrics, how close it is to torch, and the licence of its data."""
        manifest = self.manifest
        if manifest is None:
            return []
        found = [f"{name}: {value:.4g}" for name, value in manifest.metrics.items()]
        if manifest.parity is not None:
            found.append(f"differs from torch by at most {manifest.parity.max_abs:.1e}")
        return [*found, *([manifest.licence] if manifest.licence else [])]


def choice_of_row(row: ModelRow, run: str = "") -> ModelChoice:
    """A model of the workspace, and the name of its run."""
    id = row.manifest.model if row.manifest is not None and row.manifest.model else row.folder.name
    return ModelChoice(id, row.folder / SAMPLE_FILE, row.manifest, row.folder, row.created, row.error, run)


def choice_of_file(path: Path, manifest: Manifest) -> ModelChoice:
    """A file from elsewhere."""
    return ModelChoice(manifest.model or str(path), path, manifest)


class _Rows(QStyledItemDelegate):
    """Three lines a model, its family's colour at the left; foreign text is drawn, never read as markup."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    @guarded(fallback=QSize(160, 64))
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        height = option.fontMetrics.height()
        return QSize(120, height + 16 if index.data(_ROLE) is None else round(3.1 * height) + 16)

    @guarded
    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
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
            self._line(painter, text, index.data(), option.font, colours.text)
        else:
            family = choice.manifest.family if choice.manifest is not None else ""
            painter.setBrush(self._theme.family(family) if family else QColor(colours.border))
            painter.drawRoundedRect(QRect(rect.left() + 3, rect.top() + 6, 4, rect.height() - 12), 2, 2)
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
                self._line(
                    painter, QRect(text.left(), text.top() + number * step, text.width(), step), line, font, colour
                )
        painter.restore()

    @staticmethod
    def _line(painter: QPainter, rect: QRect, text: str, font: QFont, colour: str) -> None:
        painter.setFont(font)
        painter.setPen(QColor(colour))
        shown = painter.fontMetrics().elidedText(" ".join(text.split()), Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)


class ModelPanel(QWidget):
    """The models, newest first, and above them all of them together.

    Args:
        theme: The colours.
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
        row = QHBoxLayout()
        row.addWidget(button_of(open_file), 1)
        row.addWidget(self.remove_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._list, 1)
        layout.addLayout(row)
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
        self._list.blockSignals(True)
        self._list.clear()
        everything = QListWidgetItem("All models")
        self._list.addItem(everything)
        for choice in choices:
            item = QListWidgetItem()
            item.setData(_ROLE, choice)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{choice.title}, {choice.origin}, {choice.quality[0]}")
            item.setToolTip(plain_tooltip("\n".join((choice.title, choice.origin, choice.quality[0], *choice.figures))))
            self._list.addItem(item)
        self._list.blockSignals(False)
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
