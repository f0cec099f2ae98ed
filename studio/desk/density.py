"""Density maps of models of points, measured one after another in processes of their own and kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.manifest import Manifest
from studio.core.modality import TableSpec
from studio.desk.context import Crossing, Signal
from studio.desk.job import Cancelled, Failed, Finished, JobReport, Progressed
from studio.desk.latest_job import LatestJob
from studio.jobs.child import ChildJob
from studio.store.workspace import Workspace

__all__ = ["DensityMap", "DensityMaps", "has_density"]

_LIKELIHOOD_FILE = "log_prob.onnx"


@dataclass(frozen=True)
class DensityMap:
    """The density of one model over the plane.

    Attributes:
        log_density: In nats, (side, side), the highest row first; None where it could not be measured.
        words: What it is; or why it could not be measured, as one sentence.
    """

    log_density: npt.NDArray[np.float32] | None
    words: str

    def over(self, columns: tuple[int, ...]) -> npt.NDArray[np.float32] | None:
        """The density over two columns, the first from left to right; None where there is none, or one column."""
        if self.log_density is None or columns not in ((0, 1), (1, 0)):
            return None
        return self.log_density if columns == (0, 1) else self.log_density[::-1, ::-1].T


def has_density(file: Path, manifest: Manifest) -> bool:
    """Whether a model of this file of samples makes points and gives their likelihood."""
    spec = manifest.spec
    return isinstance(spec, TableSpec) and spec.is_plane and (file.parent / _LIKELIHOOD_FILE).is_file()


class DensityMaps:
    """The maps of some models.

    Args:
        workspace: The workspace.
        crossing: The way to the thread on which it tells.

    Signals:
        changed: One is there, or how far it is.
    """

    def __init__(self, workspace: Workspace, crossing: Crossing) -> None:
        self.changed = Signal[()]()
        self.progress: tuple[str, int, int] | None = None
        self._workspace = workspace
        self._kept: dict[Path, DensityMap] = {}
        self._waiting: list[Path] = []
        self._job = LatestJob(crossing)
        self._at_work: Path | None = None

    def found(self, file: Path) -> DensityMap | None:
        """The map of a model by its file of samples; None where it is not measured yet."""
        return self._kept.get(file)

    def want(self, files: Iterable[Path]) -> None:
        """Measure those of these models that are not measured yet, and no others any more."""
        wanted = [file for file in files if file not in self._kept]
        if self._at_work not in wanted:
            self._job.give_up()
            self._at_work = None
        self._waiting = [file for file in wanted if file != self._at_work]
        if self._at_work is None:
            self._next()

    def close(self) -> None:
        """Measure no more, and wait until nothing is left behind."""
        self._waiting.clear()
        self._at_work = None
        self._job.close()

    def _next(self) -> None:
        self._at_work, self.progress = None, None
        if self._waiting:
            file = self._at_work = self._waiting.pop(0)
            words = [str(file), "-o", "{folder}/density.npy"]
            self._job.start(
                lambda: ChildJob(self._workspace, "studio.evaluate.density", words),
                _read,
                lambda event: self._on_event(file, event),
            )
        self.changed.emit()

    def _on_event(self, file: Path, event: JobReport) -> None:
        match event:
            case Progressed(stage, done, total):
                self.progress = stage, done, total
                self.changed.emit()
            case Finished(result):
                words = "exact density" if result["kind"] == "exact" else "density, at least"
                self._kept[file] = DensityMap(result["log_density"], words)
                self._next()
            case Failed(text):
                self._kept[file] = DensityMap(None, text)
                self._next()
            case Cancelled():
                self._next()


def _read(last: Mapping[str, Any]) -> dict[str, Any]:
    return {"log_density": np.load(last["written"], allow_pickle=False), "kind": last["kind"]}
