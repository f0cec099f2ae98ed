"""One run of a family on toy data, in this process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from studio.core.errors import PluginError, StudioError
from studio.core.settings import build_settings
from studio.data.dataset import Dataset
from studio.export.exporter import ExportedModel, export_run
from studio.hooks.loader import LoadedFamily, load_plugin
from studio.store.metrics import RunDatabase
from studio.store.run import RunDocument, RunStatus, create_run, read_run
from studio.store.workspace import Workspace
from studio.train.checkpoint import Checkpoint, CheckpointFolder
from studio.train.session import TrainSession
from studio.train.trained import TrainedModel, averaged_weights
from studio.train.trainer import Trainer

__all__ = ["Killed", "Trial", "family_of"]


class Killed(BaseException):
    """Ends a training as a kill does: between two steps, without a word."""


class _MortalTrainer(Trainer):
    kill_at: int | None = None

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        # Parameters with their first values; held, so that they can be compared at the end.
        self.begun: dict[str, tuple[nn.Parameter, Tensor]] = {}

    def between_steps(self, session: TrainSession) -> None:
        for name, tracked in session.optimization.modules.items():
            for key, parameter in tracked.module.named_parameters():
                if f"{name}/{key}" not in self.begun:
                    self.begun[f"{name}/{key}"] = parameter, parameter.detach().clone()
        super().between_steps(session)
        if session.step_count == self.kill_at:
            raise Killed


def family_of(plugin: object, id: str = "") -> LoadedFamily:
    """A family of a plugin object that is not installed.

    Args:
        plugin: The plugin object.
        id: The family's id; empty where the plugin declares one only.

    Raises:
        PluginError: If it declares none or no such one, or several and none is named.
    """
    loaded = load_plugin(plugin, "tested")
    declared = [family.id for family in loaded.families]
    if not declared:
        raise PluginError("The plugin declares no family, and a family is what is tested.")
    found = loaded.family(id or declared[0])
    if found is None or (not id and len(declared) > 1):
        raise PluginError(f"Say which family is tested: the plugin declares {', '.join(declared)}.")
    return found


class Trial:
    """One run of a plugin on toy data, in this process.

    Args:
        plugin: The plugin object.
        workspace: Where it is done.
        dataset: The data set.
        settings: The family's settings; defaults for the rest.
        train: The studio's settings, without ``train.``.
        family: Id of the family; empty where the plugin declares one only.

    Attributes:
        unmoved: Parameters, by module and name, that need a gradient and have the values with which the last training
            began.
    """

    def __init__(
        self,
        plugin: object,
        workspace: Workspace,
        dataset: Dataset,
        settings: Mapping[str, Any] | None = None,
        train: Mapping[str, Any] | None = None,
        family: str = "",
    ) -> None:
        self.workspace = workspace
        self.family = family_of(plugin, family)
        id = self.family.declared.id
        self.folder = create_run(
            workspace,
            RunDocument(
                id="",
                name=f"{id} trial",
                dataset=dataset.document.id,
                dataset_name=dataset.document.name,
                fingerprint=dataset.document.fingerprint,
                spec=dataset.spec,
                splits=dataset.document.splits,
                family=id,
                train={"batch_size": 16, "threads": 1, "preview_count": 4, **(train or {})},
                settings=dict(settings or {}),
            ),
        )
        self.dataset = dataset
        self.unmoved: tuple[str, ...] = ()

    def trainer(self, begun: float | None = None) -> _MortalTrainer:
        """A trainer of the run; its time counts from ``begun`` on, a monotonic clock in seconds."""
        return _MortalTrainer(self.workspace, self.folder, self.family, begun)

    def train(self, kill_at: int | None = None) -> RunStatus:
        """Train to the end, or go on; with kill_at end as a kill before that step does.

        Raises:
            StudioError: If the training failed.
        """
        trainer = self.trainer()
        trainer.kill_at = kill_at
        try:
            status = trainer.execute()
        except Killed:
            trainer.database.close()
            return RunStatus(state="interrupted", step=kill_at or 0)
        self.unmoved = tuple(
            name
            for name, (parameter, first) in trainer.begun.items()
            if parameter.requires_grad and torch.equal(parameter.detach(), first)
        )
        if status.state == "failed":
            raise StudioError(status.message)
        return status

    def checkpoint(self) -> Checkpoint:
        """The newest checkpoint."""
        found = CheckpointFolder(self.folder / "checkpoints").newest()
        assert found is not None
        return found

    def trained(self) -> TrainedModel:
        """The trained model of the newest checkpoint."""
        declared = self.family.declared
        settings = build_settings(declared.settings, read_run(self.folder).settings)
        return TrainedModel(declared.id, settings, self.dataset.spec, averaged_weights(self.checkpoint()))

    def curve(self, name: str) -> list[float]:
        """Values of a metric, in order of steps."""
        database = RunDatabase(self.folder)
        values = [value for _, value in database.curve(name)]
        database.close()
        return values

    def export(self) -> ExportedModel:
        """Export the best checkpoint."""
        return export_run(self.workspace, self.folder, family=self.family)

    def events(self, kind: str) -> list[str]:
        """What was said of the run, of one kind, in order."""
        database = RunDatabase(self.folder)
        said = [event.message for _, event in database.events() if event.kind == kind]
        database.close()
        return said
