"""Ranks the items of a data set by the likelihood that a model gives them, measured in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.modality import DataSpec, TableSpec, TextSpec
from studio.core.words import one_line
from studio.desk.context import Crossing
from studio.desk.job import Cancelled, Failed, Finished, JobReport, Progressed
from studio.desk.latest_job import LatestJob
from studio.desk.snapshot import ModelRow
from studio.jobs.child import ChildJob
from studio.store.model import SAMPLE_FILE
from studio.store.workspace import Workspace

__all__ = ["Ranker", "Ranking", "rankable"]

_LIKELIHOOD_FILE = "log_prob.onnx"
_NUMBERS = "scores.npy"
# Of a bound: enough to tell the strange from the usual; the command line takes more.
_DRAWS = 3


@dataclass(frozen=True)
class Ranking:
    """How likely a model holds every item of a data set.

    Attributes:
        nats: Log p of each item, or a bound on it, float64 (N,); -inf for what the model holds impossible.
        label: What the numbers are, in words.
        notes: What to know.
    """

    nats: npt.NDArray[np.float64]
    label: str
    notes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What a person should know who sees the items in this order."""
        return " ".join((f"The least likely first, which need not be wrong: {self.label}.", *self.notes))

    def order(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Some items, the least likely first."""
        return numbers[np.argsort(self.nats[numbers], kind="stable")]


def rankable(models: Iterable[ModelRow], spec: DataSpec) -> list[ModelRow]:
    """The models that give such items a likelihood, the newest first."""
    found = [
        model
        for model in models
        if model.manifest is not None
        and model.manifest.spec is not None
        and _kind(model.manifest.spec) == _kind(spec)
        and (model.folder / _LIKELIHOOD_FILE).is_file()
    ]
    return sorted(found, key=lambda model: -model.created)


def _kind(spec: DataSpec) -> tuple[object, ...]:
    """What items of a model and a data set must have in common; of tables also their columns, of texts their tokens."""
    if isinstance(spec, TextSpec):
        return spec.modality, spec.shape, spec.source_shape, spec.tokenizer
    columns = [(one.name, one.kind, one.categories) for one in spec.columns] if isinstance(spec, TableSpec) else []
    return spec.modality, spec.shape, columns


class Ranker:
    """Scores the items of one data set by one model at a time; what was measured is kept.

    Args:
        workspace: The workspace.
        crossing: The way to the thread on which it tells.
        progressed: Told how far it is: stage, done and total, 0 where that is not known.
        ended: Called when a ranking is there, failed or was cancelled: why not, in a sentence, empty otherwise.
    """

    def __init__(
        self,
        workspace: Workspace,
        crossing: Crossing,
        progressed: Callable[[str, int, int], None],
        ended: Callable[[str], None],
    ) -> None:
        self._workspace = workspace
        self._progressed = progressed
        self._ended = ended
        self._job = LatestJob(crossing)
        self._kept: dict[tuple[Path, Path], Ranking] = {}

    @property
    def running(self) -> bool:
        """Whether it is at work."""
        return self._job.running

    def ranking(self, dataset: Path, model: Path) -> Ranking | None:
        """The ranking of a data set by a model, by their folders; None where it was not measured."""
        return self._kept.get((dataset, model))

    def start(self, dataset: Path, model: Path) -> None:
        """Measure the ranking of a data set by a model; what is at work meanwhile is given up."""
        words = [str(self._workspace.path), dataset.name, str(model / SAMPLE_FILE), "--draws", str(_DRAWS)]
        words += ["-o", f"{{folder}}/{_NUMBERS}"]
        self._job.start(
            lambda: ChildJob(self._workspace, "studio.evaluate.score", words),
            _read_numbers,
            lambda event: self._on_event(event, (dataset, model)),
        )

    def cancel(self) -> None:
        """Give up what is at work, without a word."""
        self._job.give_up()

    def close(self) -> None:
        """The same, and wait until it has left nothing."""
        self._job.close()

    def _on_event(self, event: JobReport, key: tuple[Path, Path]) -> None:
        match event:
            case Progressed(stage, done, total):
                self._progressed(stage, done, total)
            case Finished(result):
                self._kept[key] = Ranking(result["nats"], one_line(result["label"]), tuple(result["notes"]))
                self._ended("")
            case Failed(text):
                self._ended(text)
            case Cancelled():
                self._ended("The ranking was cancelled.")


def _read_numbers(last: Mapping[str, Any]) -> dict[str, Any]:
    return {"nats": np.load(last["written"], allow_pickle=False), "label": last["label"], "notes": last["notes"]}
