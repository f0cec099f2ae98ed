"""Tells all about the chosen data set, and holds what can be done with it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Signal

from studio.core.modality import TextSpec
from studio.core.words import breakable, number_of, one_line, path_text, readable_size
from studio.desk.length_bins import length_bins
from studio.desk.snapshot import DatasetRow
from studio.gui.action import Action, button_of
from studio.gui.bridge import Bridge
from studio.gui.data.class_chart import ClassChart
from studio.gui.data.refused import RefusedTable, read_refused
from studio.gui.facts import Facts
from studio.gui.item.viewer import viewer_of
from studio.gui.layout import Gap, Stretch, boxed, column, row, scrolling
from studio.gui.widgets import Card, SecondaryLabel, TitleLabel
from studio.store.dataset import DatasetDocument

__all__ = ["DatasetInspector"]

_WIDTH = 300
_MOST_NOTES = 10


def _disk_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def _refused(document: DatasetDocument) -> str:
    return number_of(document.rejected, viewer_of(document.spec).refused_noun)


class DatasetInspector(Card):
    """Facts, classes and refused files of one data set.

    Args:
        bridge: Where files are read.
        train: Trains on it.
        remove: Removes it.

    Signals:
        class_clicked: A class of the chart.
    """

    class_clicked = Signal(int)

    def __init__(self, bridge: Bridge, train: Action, remove: Action) -> None:
        super().__init__()
        self._bridge = bridge
        self._row: DatasetRow | None = None
        self._disk = ""
        self._reveal = False
        self.setFixedWidth(_WIDTH)
        self.title_label = TitleLabel("", 1.15)
        self.title_label.setWordWrap(True)
        self._train = train
        self.train_button = button_of(train, primary=True)
        self.remove_button = button_of(remove)
        self.facts = Facts()
        self.chart = ClassChart()
        self.chart.class_clicked.connect(self.class_clicked)
        self.lengths = ClassChart("Texts of each length")
        self.refused = RefusedTable()
        self._classes_title, self._refused_title = SecondaryLabel(), SecondaryLabel()
        self._lengths_title = SecondaryLabel("Lengths in tokens")
        buttons = row((self.train_button, 1), self.remove_button)
        classes, refused = (self._classes_title, self.chart), (self._refused_title, self.refused)
        lengths = (self._lengths_title, self.lengths)
        charts = (*classes, Gap(4), *lengths, Gap(4), *refused)
        parts = (self.title_label, buttons, Gap(4), self.facts, Gap(4), *charts, Stretch())
        self._column = column(*parts, margins=16)
        self._scroll = scrolling(boxed(self._column, plain=True))
        column(self._scroll, on=self)

    def show_dataset(self, row: DatasetRow | None) -> None:
        """Tell about another data set."""
        self._row, self._disk, self._reveal = row, "", False
        self.setVisible(row is not None)
        if row is None:
            return
        document = row.document
        self.title_label.setText(breakable(document.name if document is not None else row.folder.name))
        self._train.setVisible(document is not None)
        self._show_facts()
        self._show_classes(document)
        self._show_lengths(row.folder, document)
        self._refused_title.hide()
        self.refused.hide()
        self._scroll.verticalScrollBar().setValue(0)
        folder = row.folder
        self._bridge.run(
            self, lambda: _disk_bytes(folder), lambda count: self._on_measured(folder, count), lambda error: None
        )
        if document is not None and document.rejected:
            self._refused_title.setText(f"{_refused(document)} refused")
            self._refused_title.show()
            self._bridge.run(
                self,
                lambda: read_refused(folder),
                lambda rows: self._on_refused(folder, rows),
                lambda error: self._on_refused_unread(folder, error),
            )

    def show_damage(self) -> None:
        """The data set turned out to be damaged; nothing can be trained on it."""
        self._train.setVisible(False)

    def show_refused(self) -> None:
        """Bring the refused files into view, now or as soon as they are read."""
        self._reveal = self.refused.isHidden()
        if not self._reveal:
            self._column.activate()
            self._scroll.ensureWidgetVisible(self.refused)
            self.refused.setFocus()

    def _show_facts(self) -> None:
        assert self._row is not None
        document, folder = self._row.document, path_text(self._row.folder)
        if document is None:
            self.facts.set_facts([("Disk space", self._disk), ("Folder", folder)])
            return
        labelled = sum(document.class_counts)
        created = datetime.fromtimestamp(document.created).strftime("%Y-%m-%d %H:%M") if document.created else ""
        facts = [("Items", f"{document.count:,}"), ("Size", document.spec.size)]
        if document.spec.classes and labelled < document.count:
            facts.append(("Without class", f"{document.count - labelled:,}"))
        facts += [(name.capitalize(), f"{count:,}") for name, count in document.splits.items()]
        facts += [
            ("Fit", document.fit.capitalize()),
            ("Refused", _refused(document) if document.rejected else "none"),
            ("Licence", one_line(document.licence)),
            ("To know", one_line(" ".join(document.notes[:_MOST_NOTES]))),
            ("Disk space", self._disk),
            ("Added", created),
            ("Folder", folder),
        ]
        self.facts.set_facts(facts)

    def _show_classes(self, document: DatasetDocument | None) -> None:
        classes = document.spec.classes if document is not None else ()
        self._classes_title.setVisible(bool(classes))
        self.chart.setVisible(bool(classes))
        if document is not None and classes:
            self._classes_title.setText(number_of(len(classes), "class"))
            self.chart.set_classes(classes, document.class_counts)

    def _show_lengths(self, folder: Path, document: DatasetDocument | None) -> None:
        self._lengths_title.hide()
        self.lengths.hide()
        if document is None or not isinstance(document.spec, TextSpec):
            return
        spec = document.spec
        self._bridge.run(
            self, lambda: length_bins(folder, spec), lambda bins: self._on_lengths(folder, bins), lambda error: None
        )

    def _on_lengths(self, folder: Path, bins: list[tuple[str, int]]) -> None:
        if self._row is not None and self._row.folder == folder:
            self.lengths.set_classes([name for name, _ in bins], [count for _, count in bins])
            self._lengths_title.show()
            self.lengths.show()

    def _on_measured(self, folder: Path, count: int) -> None:
        if self._row is not None and self._row.folder == folder:
            self._disk = readable_size(count)
            self._show_facts()

    def _on_refused(self, folder: Path, rows: list[tuple[str, str]]) -> None:
        if self._row is not None and self._row.folder == folder and rows:
            self.refused.set_rows(rows)
            self.refused.show()
            if self._reveal:
                self.show_refused()

    def _on_refused_unread(self, folder: Path, error: Exception) -> None:
        if self._row is not None and self._row.folder == folder:
            self._refused_title.setText(str(error))
