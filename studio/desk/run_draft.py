"""The run that is being prepared: what it can be made of, what it would cost, and its start."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.core.modality import DataSpec
from studio.core.spec import Preset
from studio.desk.run_words import preflight
from studio.desk.snapshot import RunRow
from studio.hooks.catalogue import Catalogue, CatalogueFamily
from studio.jobs.control import queue_runs
from studio.jobs.new_run import RunRequest, default_preset, make_all, make_run
from studio.store.dataset import DatasetDocument
from studio.store.workspace import Workspace

__all__ = ["RunDraft", "queue_every_family", "queue_run"]


def _cost(family: CatalogueFamily, spec: DataSpec | None) -> tuple[float, float]:
    """What a family costs at the least, as far as it was measured; the cheapest is the best to begin with."""
    presets = family.presets_for(spec).values()
    measured = [preset.estimate for preset in presets if preset.estimate is not None]
    return min(((estimate.minutes, estimate.memory_mb) for estimate in measured), default=(math.inf, math.inf))


@dataclass
class RunDraft:
    """What the person has chosen, among what there is.

    Attributes:
        gpus: Number of NVIDIA GPUs that the driver shows.
        catalogue: The families that are installed; None while that is not known.
        datasets: The data sets, newest first.
        runs: The runs, oldest first.
        dataset: Id of the chosen data set; empty for none.
        family_id: Id of the chosen family; empty for none.
        preset: Name of the chosen preset; empty for none.
        device: ``auto``, ``cpu`` or ``cuda:0``.
    """

    gpus: int = 0
    catalogue: Catalogue | None = None
    datasets: list[DatasetDocument] = field(default_factory=list)
    runs: Sequence[RunRow] = ()
    dataset: str = ""
    family_id: str = ""
    preset: str = ""
    device: str = "auto"

    @property
    def families(self) -> list[CatalogueFamily]:
        """The families that can model the data set, the cheapest first; all of them while there is none."""
        known, spec = self.catalogue.families if self.catalogue is not None else (), self.spec
        offered = (family for family in known if spec is None or not family.why_not_offered(spec))
        return sorted(offered, key=lambda family: _cost(family, spec))

    @property
    def document(self) -> DatasetDocument | None:
        """The chosen data set."""
        return next((document for document in self.datasets if document.id == self.dataset), None)

    @property
    def spec(self) -> DataSpec | None:
        """What the items of the chosen data set have in common."""
        return self.document.spec if self.document is not None else None

    @property
    def kind(self) -> tuple[object, ...]:
        """What decides which families and presets fit; data sets alike have the same."""
        spec = self.spec
        return () if spec is None else (spec.modality, spec.condition, math.prod(spec.shape))

    @property
    def family(self) -> CatalogueFamily | None:
        """The chosen family."""
        families = self.catalogue.families if self.catalogue is not None else ()
        return next((family for family in families if family.id == self.family_id), None)

    @property
    def presets(self) -> dict[str, Preset]:
        """The presets of the chosen family that fit the data set."""
        return dict(self.family.presets_for(self.spec)) if self.family is not None else {}

    @property
    def usual_preset(self) -> str:
        """The preset that suits the device; empty where there is none."""
        return default_preset(self.presets, self.device_kind)

    @property
    def basis(self) -> dict[str, Any]:
        """Settings of the chosen preset."""
        preset = self.presets.get(self.preset)
        return dict(preset.settings) if preset is not None else {}

    @property
    def device_kind(self) -> str:
        """``cuda`` or ``cpu``: where the run is going to be trained."""
        cuda = self.device.startswith("cuda") or (self.device == "auto" and self.gpus)
        return "cuda" if cuda else "cpu"

    def missing(self, sound: bool) -> str:
        """What must be done before it can be started, as the form says it; empty where nothing is missing.

        Args:
            sound: Nothing is wrong with the settings, as far as the form can tell.
        """
        if self.catalogue is None:
            return "Looking for the families that are installed"
        if not self.datasets:
            return "Add a data set first"
        if not self.dataset:
            return "Choose a data set"
        if self.family is None:
            return "No family can be used; the Plugins page says why"
        return "" if sound else "Mend the settings that are marked"

    def cost(self, request: RunRequest) -> str:
        """What a run is going to cost, in one line."""
        if self.family is None or self.document is None:
            return ""
        return preflight(request, self.family, self.document, self.runs, self.device_kind)


def queue_run(workspace: Workspace, request: RunRequest) -> Path:
    """Make a run and queue it; returns its folder.

    Raises:
        SettingsError: If some settings cannot be used.
        StudioError: If it does not fit otherwise.
        OSError: If it could not be queued; then it says so and can be resumed.
    """
    folder = make_run(workspace, request)
    queue_runs(workspace, folder)
    return folder


def queue_every_family(workspace: Workspace, request: RunRequest) -> list[Path]:
    """Make a run of every family and queue them in turn; seconds, so call it in a task.

    Raises:
        StudioError: If one of them does not fit; then none is made.
        OSError: If they could not be queued; those that were not say so and can be resumed.
    """
    folders = make_all(workspace, request)
    queue_runs(workspace, *folders)
    return folders
