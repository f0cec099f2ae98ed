"""Lists the models, each with a tick: those that are ticked stand side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from studio.core.words import one_line
from studio.desk.subject import Subject, judged_of
from studio.gui.theme import Theme, plain_tooltip

__all__ = ["ModelList", "family_mark"]

_FOLDER = Qt.ItemDataRole.UserRole
# More than this are ticked by a person, not by the page.
_TICKED_AT_FIRST = 6


def family_mark(colour: QColor, width: int = 4, height: int = 28) -> QIcon:
    """The mark of a family: its colour."""
    picture = QPixmap(2 * width, 2 * height)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(QRectF(0, 0, 2 * width, 2 * height), 4, 4)
    painter.end()
    picture.setDevicePixelRatio(2.0)
    return QIcon(picture)


class ModelList(QListWidget):
    """The models, newest first.

    Signals:
        ticked_changed: Others are ticked now.
    """

    ticked_changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._subjects: list[Subject] = []
        self._ticks: dict[Path, bool] = {}
        self._filling = False
        self.setIconSize(QSize(4, 28))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setAccessibleName("Models to compare")
        self.itemChanged.connect(self._on_item_changed)
        self.itemActivated.connect(self._on_item_activated)

    @property
    def ticked(self) -> list[Subject]:
        """The models that stand side by side, newest first."""
        return [subject for subject in self._subjects if self._ticks.get(subject.folder, False)]

    def set_subjects(self, subjects: Sequence[Subject], fingerprint: str) -> None:
        """Show these models, and whether each was judged by a data set."""
        for subject in subjects:
            if subject.folder not in self._ticks:
                here = sum(self._ticks.get(other.folder, False) for other in subjects)
                self._ticks[subject.folder] = here < _TICKED_AT_FIRST
        self._filling = True
        same = [subject.folder for subject in subjects] == [subject.folder for subject in self._subjects]
        self._subjects = list(subjects)
        if not same:
            current = self.currentRow()
            self.clear()
            for subject in subjects:
                item = QListWidgetItem()
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setData(_FOLDER, str(subject.folder))
                self.addItem(item)
            self.setCurrentRow(min(current, self.count() - 1))
        for row, subject in enumerate(subjects):
            self._fill(self.item(row), subject, fingerprint)
        self._filling = False

    def tick(self, folder: Path, ticked: bool = True) -> None:
        """Tick a model, or take its tick away."""
        for row, subject in enumerate(self._subjects):
            if subject.folder == folder:
                self.item(row).setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)

    def _fill(self, item: QListWidgetItem, subject: Subject, fingerprint: str) -> None:
        report = judged_of(subject, fingerprint)
        judged = "evaluated" if report is not None else "not evaluated"
        run = f"{one_line(subject.run)} · " if subject.run and subject.run != subject.manifest.title else ""
        state = "its evaluation is damaged" if subject.error else judged
        item.setText(f"{one_line(subject.name)}\n{run}{state}")
        item.setIcon(family_mark(self._theme.family(subject.manifest.family)))
        item.setCheckState(Qt.CheckState.Checked if self._ticks[subject.folder] else Qt.CheckState.Unchecked)
        about = [subject.name, subject.manifest.family, f"Run: {subject.run or 'removed'}"]
        about += [f"{subject.manifest.step:,} steps on {subject.manifest.dataset}", subject.error]
        if report is None and subject.report is not None:
            about.append(f"Evaluated by another data set: {subject.report.dataset}")
        item.setToolTip(plain_tooltip("\n".join(line for line in about if line)))

    def _on_item_changed(self, item: QListWidgetItem) -> None:
        folder, ticked = Path(str(item.data(_FOLDER))), item.checkState() == Qt.CheckState.Checked
        if not self._filling and self._ticks.get(folder) != ticked:
            self._ticks[folder] = ticked
            self.ticked_changed.emit()

    def _on_item_activated(self, item: QListWidgetItem) -> None:
        done = item.checkState() == Qt.CheckState.Checked
        item.setCheckState(Qt.CheckState.Unchecked if done else Qt.CheckState.Checked)
