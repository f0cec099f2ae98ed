"""Finds the near-duplicates of a data set in a process of its own; what was found is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.words import one_line
from studio.desk.context import Crossing
from studio.desk.job import Cancelled, Failed, Finished, JobReport, Progressed
from studio.desk.latest_job import LatestJob
from studio.jobs.child import ChildJob
from studio.store.workspace import Workspace

__all__ = ["RepeatFinder", "Repeats"]


@dataclass(frozen=True)
class Repeats:
    """The near-duplicates of a data set.

    Attributes:
        dataset: Its folder.
        first: For each item the first one of its group, itself where it is that or alone, int64 (N,).
        label: Which items are taken for the same, in words.
    """

    dataset: Path
    first: npt.NDArray[np.int64]
    label: str


class RepeatFinder:
    """Looks through one data set at a time.

    Args:
        workspace: The workspace.
        crossing: The way to the thread on which it tells.
        progressed: Told how far it is: stage, done and total, 0 where that is not known.
        ended: Told what was found, or why nothing was, in a sentence; empty where that was cancelled.
    """

    def __init__(
        self,
        workspace: Workspace,
        crossing: Crossing,
        progressed: Callable[[str, int, int], None],
        ended: Callable[[Repeats | str], None],
    ) -> None:
        self._workspace = workspace
        self._progressed, self._ended = progressed, ended
        self._job = LatestJob(crossing)
        self._kept: dict[Path, Repeats] = {}

    @property
    def running(self) -> bool:
        """Whether it is at work."""
        return self._job.running

    def start(self, dataset: Path) -> None:
        """Look through the data set of a folder; what is at work meanwhile is given up."""
        self._job.give_up()
        if dataset in self._kept:
            self._ended(self._kept[dataset])
            return
        words = [str(self._workspace.path), dataset.name, "-o", "{folder}/first.npy"]
        self._job.start(
            lambda: ChildJob(self._workspace, "studio.evaluate.repeats", words),
            _read_first,
            lambda event: self._on_event(event, dataset),
        )

    def cancel(self) -> None:
        """End what is at work; it says so."""
        self._job.cancel()

    def give_up(self) -> None:
        """End what is at work, without a word."""
        self._job.give_up()

    def close(self) -> None:
        """The same, and wait until it has left nothing."""
        self._job.close()

    def _on_event(self, event: JobReport, dataset: Path) -> None:
        match event:
            case Progressed(stage, done, total):
                self._progressed(stage, done, total)
            case Finished(result):
                self._kept[dataset] = Repeats(dataset, result["first"], one_line(result["label"]))
                self._ended(self._kept[dataset])
            case Failed(text):
                self._ended(text)
            case Cancelled():
                self._ended("")


def _read_first(last: Mapping[str, Any]) -> dict[str, Any]:
    return {"first": np.load(last["written"], allow_pickle=False), "label": last["label"]}
