"""One press of Go: the points become a data set, and every family that can model them learns it, side by side."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.device import count_cpu_cores
from studio.core.errors import DataError, StudioError, explain
from studio.core.modality import TableSpec
from studio.data.request import PREFIX, ImportRequest
from studio.desk.context import Desk, Signal
from studio.desk.imports import start_import
from studio.desk.job import Cancelled, Failed, Finished, FollowedJob, JobReport, Progressed
from studio.desk.run_control import RunControl
from studio.desk.snapshot import RunRow, Snapshot
from studio.hooks.catalogue import Catalogue, CatalogueFamily
from studio.jobs.child import ChildJob
from studio.jobs.control import queue_runs, stop_soon
from studio.jobs.new_run import RunRequest, make_run
from studio.jobs.supervisor import ensure_supervisor
from studio.store.dataset import DatasetDocument, list_datasets
from studio.store.rows import Rows
from studio.store.workspace import Workspace

__all__ = ["LANE", "POINTS_SPEC", "Lesson", "families_for_points", "find_same", "get_ready"]

# Lanes of the queue in which the runs of this page wait for those before them of the same family.
LANE = "play "
POINTS_SPEC = TableSpec(shape=(2,), columns=("x", "y"))
_PRESET = "play"
# What a family sets itself in its preset for this page is its network and its length; the rest is the same for all.
_MINUTES = 2
_VALUES: Mapping[str, Any] = {
    "train.preview_seconds": 0.4,
    "train.preview_count": 400,
    "train.checkpoint_minutes": 10,
    "train.try_export": False,
}
_PATIENCE_S = 5.0
_AT_ONCE = 2


def families_for_points(catalogue: Catalogue) -> list[CatalogueFamily]:
    """The families that can model points, in the order of the catalogue."""
    return [family for family in catalogue.families if not family.why_not_offered(POINTS_SPEC)]


def find_same(workspace: Workspace, rows: npt.NDArray[np.float32]) -> str:
    """Id of a data set that holds exactly these points, the newest; empty where none does."""
    for folder, document in reversed(list_datasets(workspace)):
        if not isinstance(document, DatasetDocument) or document.count != len(rows):
            continue
        if not isinstance(document.spec, TableSpec) or document.spec.names != POINTS_SPEC.names:
            continue
        with suppress(OSError, StudioError):
            items = Rows(folder / "items.npy", document.spec)
            found = items.read_range(0, items.count)
            items.close()
            if found is not None and np.array_equal(found, rows):
                return document.id
    return ""


def _request_of(family: CatalogueFamily, dataset: str, beside: int) -> RunRequest:
    """What is asked of a family beside which so many others learn."""
    values = {**_VALUES, "train.threads": max(1, count_cpu_cores() // (beside + 1))}
    preset = _PRESET if _PRESET in family.presets_for(POINTS_SPEC) else ""
    if not preset:
        values["train.minutes"] = _MINUTES
    return RunRequest(dataset, family.id, preset, values, lane=LANE + family.id)


def get_ready(workspace: Workspace) -> None:
    """Have the trainers' libraries imported, for Go is going to be pressed soon."""
    ensure_supervisor(workspace, soon=True)


class Lesson:
    """Points that some families learn.

    Args:
        desk: What it works with.
        control: For what is asked of runs.
        families: The families.
        rows: The points, float32 (N, 2).
        name: Name of the data set, unless one of these points is there already.
        example: Name of the example that they are; empty for a drawing.

    Signals:
        changed: Something of what follows is other than before.

    Attributes:
        stage: What is done before the families learn, in a few words; empty once they do.
        runs: Folder of each family's run, by its id.
        faults: Why a family does not learn, by its id; under an empty id why none does.
        over: Whether everything has ended, by itself or because that was asked.
    """

    def __init__(
        self,
        desk: Desk,
        control: RunControl,
        families: Sequence[CatalogueFamily],
        rows: npt.NDArray[np.float32],
        name: str,
        example: str = "",
    ) -> None:
        self.changed = Signal[()]()
        self.stage = "Looking at the points"
        self.runs: dict[str, Path] = {}
        self.faults: dict[str, str] = {}
        self.over = False
        self._desk, self._control = desk, control
        self._families = tuple(families)
        self._rows, self._name, self._example = rows, name, example
        self._job: FollowedJob | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._unwanted = False

    def start(self) -> None:
        """Begin; returns at once."""
        workspace, rows = self._desk.workspace, self._rows

        def find() -> str:
            get_ready(workspace)
            return find_same(workspace, rows)

        self._desk.worker.run(find, self._on_looked, self._on_failed)

    def stop(self) -> None:
        """Save and stop what has begun; returns at once, and ``changed`` follows."""
        if self.over:
            return
        self._unwanted = True
        if self._job is not None:
            self._job.cancel()
        for folder in self.runs.values():
            # One that has ended meanwhile has nothing to stop.
            self._control.ask(self._desk.worker, folder, "stop", lambda _: self._desk.look_now(), lambda _: None)

    def close(self) -> None:
        """The window closes: end everything without waiting for it."""
        self._unwanted = True
        if self._job is not None:
            self._job.cancel()
            self._job.wait(_PATIENCE_S)
            self._clean()
        if not self.over:
            for folder in self.runs.values():
                stop_soon(self._desk.workspace, folder)

    def show(self, snapshot: Snapshot) -> None:
        """See whether its runs are still at work."""
        rows = self.rows_of(snapshot)
        if self.runs and not self.over and len(rows) == len(self.runs) and not any(r.live for r in rows.values()):
            self._end()

    def rows_of(self, snapshot: Snapshot) -> dict[str, RunRow]:
        """Its runs as they are, by family; those that are removed or not seen yet are left out."""
        by_folder = {row.folder: row for row in snapshot.runs}
        return {family: by_folder[folder] for family, folder in self.runs.items() if folder in by_folder}

    def _tell(self, stage: str) -> None:
        self.stage = stage
        self.changed.emit()

    def _end(self, fault: str = "") -> None:
        if fault:
            self.faults[""] = fault
        self.over = True
        self._tell("")

    def _on_failed(self, error: Exception) -> None:
        text = explain(error)
        self._end(text if text.endswith(".") else f"{text}.")

    def _on_looked(self, dataset: str) -> None:
        if self._unwanted:
            self._end()
        elif dataset:
            self._make_runs(dataset)
        else:
            self._job = FollowedJob(self._launch, self._on_import, self._desk.worker.receiver)
            self._job.start()

    def _launch(self) -> ChildJob:
        """Start the import; in a thread."""
        path = PREFIX + self._example
        if not self._example:
            self._folder = tempfile.TemporaryDirectory(prefix="studio-play-")
            path = str(Path(self._folder.name) / "points.csv")
            # Nine digits say a number of 32 bits exactly.
            np.savetxt(path, self._rows, "%.9g", ",", header=",".join(POINTS_SPEC.names), comments="")
        request = ImportRequest(workspace=self._desk.workspace.path, paths=(path,), modality="table", name=self._name)
        return start_import(self._desk.workspace, request)

    def _clean(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _on_import(self, report: JobReport) -> None:
        match report:
            case Progressed():
                return
            case Finished(done) if not self._unwanted:
                self._make_runs(str(done["dataset"]))
            case Failed(text):
                self._end(text)
            case Finished() | Cancelled():
                self._end()
        self._job = None
        self._clean()

    def _make_runs(self, dataset: str) -> None:
        self._desk.look_now()
        self._tell("Getting the families ready")
        self._desk.worker.run(lambda: self._queue(dataset), self._on_queued, self._on_failed, alone=True)

    def _queue(self, dataset: str) -> tuple[dict[str, Path], dict[str, str]]:
        """Make the runs and queue them; in a thread."""
        workspace = self._desk.workspace

        def make(family: CatalogueFamily) -> Path | str:
            try:
                return make_run(workspace, _request_of(family, dataset, len(self._families) - 1))
            except (StudioError, OSError) as error:
                return explain(error)

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            made = dict(zip((family.id for family in self._families), pool.map(make, self._families), strict=True))
        runs = {family: found for family, found in made.items() if isinstance(found, Path)}
        faults = {family: found for family, found in made.items() if isinstance(found, str)}
        if not runs:
            raise DataError(next(iter(faults.values()), "No family that is installed can model points."))
        queue_runs(workspace, *runs.values())
        return runs, faults

    def _on_queued(self, made: tuple[dict[str, Path], dict[str, str]]) -> None:
        self.runs, self.faults = made
        self._desk.look_now()
        if self._unwanted:
            self.stop()
        self._tell("")
