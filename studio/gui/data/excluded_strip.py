"""Marks items of the shown data set to be left out, says how many are, and makes a data set without them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from studio.core.words import number_of, one_line
from studio.data.exclusion import ExclusionRequest, name_without, ranges_of, repeats_of
from studio.desk.exclusion import Exclusion, Exclusions
from studio.desk.repeats import RepeatFinder, Repeats
from studio.gui.action import Action, add_to_menu, button_of
from studio.gui.bridge import Bridge
from studio.gui.layout import Stretch, column, row
from studio.gui.notice import Notice, ProgressRow
from studio.gui.widgets import Button, SecondaryLabel
from studio.store.dataset import DatasetDocument
from studio.store.workspace import Workspace

__all__ = ["ExcludedStrip"]


class ExcludedStrip(QWidget):
    """The marks of the shown data set; out of sight while there are none.

    Args:
        workspace: The workspace.
        bridge: Where near-duplicates are looked for.
        selected: Numbers of the items that are selected.

    Attributes:
        actions_offered: What can be done with the items, for the page to offer.
        menu_button: Opens a menu of them.

    Signals:
        changed: Other items are marked.
        made_wanted: A data set without the marked items is wanted: the request, its name, and whether to train on it.
    """

    changed = Signal()
    made_wanted = Signal(object, str, bool)

    def __init__(self, workspace: Workspace, bridge: Bridge, selected: Callable[[], npt.NDArray[np.int64]]) -> None:
        super().__init__()
        self._workspace, self._selected = workspace, selected
        self._kept = Exclusions()
        self._folder: Path | None = None
        self._document: DatasetDocument | None = None
        self._marks: Exclusion | None = None
        self.finder = RepeatFinder(
            workspace, bridge.worker(self).receiver, lambda *now: self.progress.show_progress(*now), self._on_repeats
        )
        self.label = SecondaryLabel(whole=True)
        self.notice, self.progress = Notice(closable=True), ProgressRow()
        self.progress.hide()
        self.progress.cancelled.connect(self.finder.cancel)
        exclude, back = "Exclude the selected items", "Put the selected items back"
        tip = "Mark the selected items to be left out of a new data set"
        self.exclude = Action(self, "data.exclude", exclude, self._on_exclude, "Del", "X", short="Exclude", tip=tip)
        self.put_back = Action(self, "data.put-back", back, self._on_put_back, "Shift+Del", short="Put back")
        undo = "Undo the last exclusion of items"
        self.undo = Action(self, "data.exclude-undo", undo, self._on_undo, "Backspace", short="Undo the last step")
        twice = "Exclude near-duplicates of the chosen data set"
        self.repeats = Action(self, "data.exclude-repeats", twice, self._on_find, short="Near-duplicates")
        self.all_back = Action(self, "data.put-all-back", "Put all excluded items back", self._on_all_back)
        self.all_back.present(short="Put all back")
        make = "Make a data set without the excluded items"
        self.make = Action(
            self, "data.make-without", make, lambda: self._make(False), short="Make a data set without them"
        )
        train = "Train without the excluded items"
        self.train = Action(self, "data.train-without", train, lambda: self._make(True), short="Train without them")
        self.actions_offered = (
            *(self.exclude, self.put_back, self.undo, self.repeats),
            *(self.all_back, self.make, self.train),
        )
        self.menu_button = Button("Exclude")
        menu = QMenu(self)
        add_to_menu(menu, self.exclude, self.put_back, self.undo, self.repeats)
        self.menu_button.setMenu(menu)
        buttons = (button_of(self.all_back), button_of(self.make), button_of(self.train, primary=True))
        self._bar = QWidget()
        row(self.label, Stretch(), *buttons, on=self._bar)
        column(self.notice, self.progress, self._bar, on=self)
        self.show_dataset(None, None)

    @property
    def marks(self) -> Exclusion | None:
        """The marks of the shown data set; None where none is shown."""
        return self._marks

    def show_dataset(self, folder: Path | None, document: DatasetDocument | None) -> None:
        """Show the marks of a data set; None for none."""
        if folder != self._folder:
            self.finder.give_up()
            self.progress.hide()
            self.notice.hide()
        self._folder, self._document = folder, document
        self._marks = None
        if folder is not None and document is not None:
            self._marks = self._kept.of(folder, document.fingerprint, document.count)
        self._refresh()

    def closing(self) -> None:
        """End what is at work."""
        self.finder.close()

    def exclude_numbers(self, numbers: npt.NDArray[np.int64]) -> None:
        """Mark items."""
        if self._marks is not None:
            self._marks.exclude(numbers)
            self._refresh()

    def is_excluded(self, number: int) -> bool:
        """Whether an item is marked."""
        return self._marks is not None and bool(self._marks.mask[number])

    def _refresh(self) -> None:
        marks, document = self._marks, self._document
        count = marks.count if marks is not None else 0
        if document is not None:
            self.label.setText(f"{number_of(count, document.spec.noun)} excluded")
        self._bar.setVisible(count > 0)
        self.menu_button.setEnabled(marks is not None)
        self.undo.set_ready(marks is not None and marks.can_undo)
        for action in (self.put_back, self.all_back, self.make, self.train):
            action.set_ready(count > 0)
        self.changed.emit()

    def _on_exclude(self) -> None:
        self.exclude_numbers(self._selected())

    def _on_put_back(self) -> None:
        if self._marks is not None:
            self._marks.put_back(self._selected())
            self._refresh()

    def _on_all_back(self) -> None:
        if self._marks is not None:
            self._marks.put_all_back()
            self._refresh()

    def _on_undo(self) -> None:
        if self._marks is not None:
            self._marks.undo()
            self._refresh()

    def _on_find(self) -> None:
        if self._folder is not None and self._marks is not None:
            self.notice.hide()
            self.progress.show_progress("starting", 0, 0)
            self.progress.show()
            self.finder.start(self._folder)

    def _on_repeats(self, found: Repeats | str) -> None:
        self.progress.hide()
        if isinstance(found, str):
            self.notice.set("bad", found)
            return
        if found.dataset != self._folder or self._marks is None or len(found.first) != len(self._marks.mask):
            return
        assert self._document is not None
        count = self._marks.exclude(repeats_of(found.first, self._marks.mask))
        noun = self._document.spec.noun
        if count:
            verb = "repeats an earlier one and is excluded" if count == 1 else "repeat an earlier one and are excluded"
            self.notice.set("good", f"{number_of(count, noun)} {verb}. Taken for the same: {found.label}.")
        else:
            self.notice.set("info", f"No {noun} repeats an earlier one. Taken for the same: {found.label}.")
        self._refresh()

    def _make(self, train: bool) -> None:
        if self._marks is None or self._document is None or self._folder is None or not self._marks.count:
            return
        count, document = self._marks.count, self._document
        name = name_without(one_line(document.name), count, document.spec.noun)
        ranges = ranges_of(self._marks.numbers)
        request = ExclusionRequest(workspace=self._workspace.path, dataset=self._folder.name, ranges=ranges, name=name)
        self.made_wanted.emit(request, name, train)
