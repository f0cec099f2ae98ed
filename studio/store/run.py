"""A run as it lies in the workspace: its document, and its status as it really is."""

from __future__ import annotations

import errno
import itertools
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.core.bounded import LONGEST_NAME, Count, Duration, Moment, Name, Rate, Text
from studio.core.errors import DataError, ForeignEntryError, SettingsError, WorkspaceError
from studio.core.modality import AnySpec
from studio.core.settings import extension_names
from studio.store.atomic import new_folder, read_document, write_document
from studio.store.entry import find_entry, list_entries
from studio.store.inside import check_folder
from studio.store.lock import is_locked
from studio.store.plugin_folder import folder_name
from studio.store.spare import keep_spare, write_into_spare
from studio.store.workspace import Workspace, new_id

__all__ = [
    "LIVE",
    "RunDocument",
    "RunState",
    "RunStatus",
    "create_run",
    "find_run",
    "free_name",
    "list_runs",
    "read_raw_status",
    "read_run",
    "read_status",
    "remove_run",
    "rename_run",
    "run_folder",
    "write_status",
]

RunState = Literal["queued", "running", "paused", "stopped", "interrupted", "failed", "finished"]
_SILENT_S = 120.0
# With less free a heartbeat may find no room.
_ROOM_BYTES = 64 * 1024
_SPARE = ".status.spare"
# In characters, each of six bytes at most: the whole must fit into one block of a disk.
_SPARE_MESSAGE = 400
_LONGEST_MESSAGE = 100_000
LIVE = ("queued", "running", "paused")


class RunDocument(BaseModel):
    """The document ``run.json``: everything a training depends on; nothing of it ever changes but the name.

    Attributes:
        id: Name of its folder.
        name: Name given by the person, or family and data set; no two runs of a workspace have the same.
        dataset: Id of the data set.
        dataset_name: Its name.
        fingerprint: Its fingerprint when the run was made.
        spec: What the items have in common, so that a run can be exported without its data set.
        splits: Number of items in each split.
        licence: Licence note of the data.
        family: Id of the family.
        distribution: Distribution of the plugin that brings it.
        plugin_version: Version of that distribution.
        observers: Distributions of the plugins that watch it.
        metrics: Distributions of the plugins whose metrics its previews are measured by.
        train: The studio's own settings.
        settings: The family's settings.
        seed: Seed of weights, order and noise.
        device: Device it is trained on.
        lane: Lane of the queue in which it waits; empty for that of its device.
        created: Seconds since 1970.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Name
    name: Name
    dataset: Name
    dataset_name: Name
    fingerprint: Name
    spec: AnySpec | None = None
    splits: Mapping[Name, Count] = Field(default_factory=dict)
    licence: Text = ""
    family: Name
    distribution: Name = ""
    plugin_version: Name = ""
    observers: tuple[Name, ...] = ()
    metrics: tuple[Name, ...] = ()
    preset: Name = ""
    train: Mapping[str, Any] = Field(default_factory=dict)
    settings: Mapping[str, Any] = Field(default_factory=dict)
    seed: int = 0
    device: Name = "cpu"
    lane: Name = ""
    created: Moment = 0.0

    @property
    def waits_in(self) -> str:
        """The lane in which it waits for those before it."""
        return self.lane or self.device

    @property
    def packages(self) -> tuple[str, ...]:
        """Distributions that it cannot go on without: its family's, and those whose codec or transforms it names."""
        named: list[tuple[str, str]] = []
        with suppress(SettingsError):  # of a document that somebody wrote by hand
            named = extension_names(f"{self.train.get('codec', '')},{self.train.get('transforms', '')}")
        return (self.distribution, *(package for package, _ in named))

    def needs(self, distribution: str) -> bool:
        """Whether it cannot go on without a plugin."""
        return folder_name(distribution) in {folder_name(package) for package in self.packages}


class RunStatus(BaseModel):
    """The document ``status.json``: the run's heartbeat.

    Attributes:
        state: What it is doing.
        step: Steps done.
        total: Steps in all; 0 until the budget is measured.
        phase: Phase of the training.
        message: One sentence where something is to be said, such as why it failed.
        steps_per_second: Speed of the last seconds.
        seconds: Seconds trained, over all segments.
        device: Device the trainer really got.
        threads: Number of CPU threads it computes with; 0 where that is not known.
        alone: Whether no other program kept a core busy meanwhile, so that its speed tells what others may expect.
        pid: Process of the trainer; 0 where there is none.
        heartbeat: Monotonic clock of the writer at the time of writing, in seconds.
        safe_mode: Whether its trainer is to use the bundled plugins only, as whoever queued it did.
        hangs: Whether a trainer that lives has not answered for long; found when it is read, never written.
    """

    model_config = ConfigDict(extra="ignore")

    state: RunState = "queued"
    step: Count = 0
    total: Count = 0
    phase: Name = ""
    message: Text = ""
    steps_per_second: Rate = 0.0
    seconds: Duration = 0.0
    device: Name = ""
    threads: Count = 0
    alone: bool = False
    pid: Count = 0
    heartbeat: Duration = 0.0
    safe_mode: bool = False
    hangs: bool = Field(default=False, exclude=True)

    @property
    def seconds_left(self) -> float | None:
        """Expected seconds to the end, where speed and length are known."""
        if self.total and self.steps_per_second > 0:
            return max(0.0, (self.total - self.step) / self.steps_per_second)
        return None


def write_status(folder: Path, status: RunStatus, durable: bool = True) -> None:
    """Write the heartbeat; a change of state should be durable, the beat itself need not be.

    A change of state is written on a full disk too: into bytes that the run has kept for it.

    Raises:
        ForeignEntryError: If the run's folder is a link.
        OSError: If it cannot be written.
    """
    check_folder(folder)
    status.heartbeat = time.monotonic()
    document = status.model_dump(mode="json")
    document["message"] = status.message[:_LONGEST_MESSAGE]
    try:
        write_document(folder / "status.json", document, durable=durable)
    except OSError as error:
        if not durable or error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        document["message"] = status.message[:_SPARE_MESSAGE]
        write_into_spare(folder / "status.json", folder / _SPARE, document)
    else:
        if durable:
            keep_spare(folder / _SPARE)


def read_raw_status(folder: Path) -> RunStatus | None:
    """Read the status as it was written last; None where it is damaged."""
    try:
        return RunStatus.model_validate(read_document(folder / "status.json"))
    except (WorkspaceError, ValidationError):
        return None


def read_status(folder: Path) -> RunStatus:
    """Read the status as it really is: a run whose process is gone is interrupted, never running."""
    try:
        check_folder(folder)
    except ForeignEntryError as error:
        return RunStatus(state="interrupted", message=str(error))
    status = read_raw_status(folder)
    if status is None:
        status = RunStatus(state="interrupted", message="The status was damaged; the checkpoints are untouched.")
    silent_s = time.monotonic() - status.heartbeat
    silent = status.state == "running" and silent_s > _SILENT_S
    full = silent and shutil.disk_usage(folder).free < _ROOM_BYTES
    status.hangs = silent and not full
    if full:
        status.message = "The disk is full: free some space, the trainer keeps its numbers in memory until then."
    elif silent:
        status.message = (
            f"The trainer has not answered for {silent_s:.0f} s; it may be in a long step, or hang. It can be ended by "
            "force."
        )
    if status.state == "running" and not is_locked(folder / "lock"):
        status.state, status.hangs = "interrupted", False
        status.message = f"The trainer ended without a word at step {status.step}; {folder / 'log.txt'} may say why."
        status.steps_per_second = 0.0
    return status


def create_run(workspace: Workspace, document: RunDocument) -> Path:
    """Make a run's folder, queued; the id of the document is made here.

    Raises:
        OSError: If it cannot be written; nothing is left behind then.
    """
    id = new_id(document.name)
    folder = workspace.folder("runs") / id
    with new_folder(folder) as unfinished:
        write_document(unfinished / "run.json", document.model_copy(update={"id": id}).model_dump(mode="json"))
        write_status(unfinished, RunStatus(state="queued"))
        (unfinished / "checkpoints").mkdir()
        (unfinished / "previews").mkdir()
    return folder


def read_run(folder: Path) -> RunDocument:
    """Read a run's document.

    Raises:
        ForeignEntryError: If the run's folder, or one in it, is a link.
        WorkspaceError: If it is damaged or newer, or a copy of another run's.
    """
    for place in (folder, folder / "checkpoints", folder / "previews"):
        check_folder(place)
    try:
        document = RunDocument.model_validate(read_document(folder / "run.json"))
    except ValidationError:
        raise WorkspaceError(f"{folder / 'run.json'} is damaged; the run can be removed, not continued.") from None
    if document.id != folder.name:
        raise WorkspaceError(f"{folder} is a copy of '{document.id}', not a run of its own; remove it or move it away.")
    return document


def list_runs(workspace: Workspace) -> list[tuple[Path, RunDocument | WorkspaceError]]:
    """Every run of the workspace, oldest first, damaged ones before them with their error."""
    return list_entries(workspace, "runs", read_run)


def find_run(workspace: Workspace, name: str) -> tuple[Path, RunDocument]:
    """Find a run by its id, or by its name when only one has it.

    Raises:
        DataError: If there is none, or several have the name.
        WorkspaceError: If it is damaged.
    """
    return find_entry(list_runs(workspace), name, "run", "'studio runs list' shows what there is", workspace.path)


def run_folder(workspace: Workspace, name: str) -> Path:
    """Find a run's folder, by its id even where it is damaged.

    Raises:
        DataError: If it is not there.
    """
    folders = {folder.name: folder for folder in [*workspace.entries("runs"), *workspace.foreign_entries("runs")]}
    return folders[name] if name in folders else find_run(workspace, name)[0]


def free_name(workspace: Workspace, name: str) -> str:
    """The name, with a number behind it where a run is called so already."""
    taken = {document.name for _, document in list_runs(workspace) if isinstance(document, RunDocument)}
    numbered = (f"{name} {number}" for number in itertools.count(2))
    return name if name not in taken else next(other for other in numbered if other not in taken)


def rename_run(workspace: Workspace, folder: Path, name: str) -> RunDocument:
    """Give a run another name; its models are called by it too.

    Raises:
        DataError: If there is no name in it, it is too long, or another run has it.
        WorkspaceError: If the run is damaged.
    """
    document, name = read_run(folder), " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise DataError(f"A run's name has 1 to {LONGEST_NAME} characters.")
    if name == document.name:
        return document
    if free_name(workspace, name) != name:
        raise DataError(f"Another run is called '{name}'; choose another name.")
    renamed = document.model_copy(update={"name": name})
    write_document(folder / "run.json", renamed.model_dump(mode="json"))
    return renamed


def remove_run(workspace: Workspace, name: str) -> Path:
    """Move a run to the trash; a damaged one too, a running one not.

    Raises:
        DataError: If it is not there, or its trainer lives.
    """
    folder = run_folder(workspace, name)
    if is_locked(folder / "lock"):
        raise DataError(f"The run {folder.name} is at work; stop it first with 'studio runs stop {folder.name}'.")
    return workspace.throw_away(folder)
