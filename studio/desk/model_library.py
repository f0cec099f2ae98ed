"""Knows the models that can be sampled, of the workspace and files that were opened, and what each says of itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from studio.core.errors import ForeignEntryError
from studio.core.manifest import Manifest
from studio.core.words import moment
from studio.desk.context import Desk, Signal
from studio.desk.job import Failed
from studio.desk.sampler_thread import Opened, SamplerEvent, SamplerThread
from studio.desk.snapshot import ModelRow, Snapshot
from studio.store.gallery import BatchDocument, model_file
from studio.store.model import SAMPLE_FILE, check_model, remove_model, write_manifest

__all__ = ["ModelChoice", "ModelLibrary", "choice_of_file", "choice_of_row", "why_not_shown"]


def why_not_shown(manifest: Manifest) -> str:
    """Why a file cannot be sampled in the gallery; empty where it can."""
    given = next((entry.name for entry in manifest.inputs if entry.kind == "value"), "")
    if manifest.role != "sample" or given:
        what = given or "something"
        return f"This file wants {what} to be given; open the file 'sample.onnx' of the model."
    if manifest.shape and manifest.spec is None:
        return f"This model makes {manifest.modality}, which the gallery cannot show."
    return ""


class ModelLibrary:
    """The models, and the requests to open them.

    Args:
        desk: The page's.
        sampler: The service that opens files.

    Signals:
        changed: There are others now.
        opened: A file was read, a ModelChoice.
        failed: A file cannot be sampled: the path, and why as one sentence.
    """

    def __init__(self, desk: Desk, sampler: SamplerThread) -> None:
        self.changed = Signal[()]()
        self.opened = Signal[ModelChoice]()
        self.failed = Signal[Path, str]()
        self._desk = desk
        self._sampler = sampler
        self._rows: list[ModelChoice] = []
        self._files: list[ModelChoice] = []
        self._read: dict[Path, Manifest] = {}

    @property
    def choices(self) -> list[ModelChoice]:
        """Every model, newest first, files that were opened before them."""
        return [*reversed(self._files), *reversed(self._rows)]

    def find(self, model: str, file: str = "") -> ModelChoice | None:
        """A model by its id or folder; one without an id by the name of its file."""
        for choice in self.choices:
            if model and (choice.key == model or (choice.folder is not None and choice.folder.name == model)):
                return choice
            nameless = choice.folder is None and choice.key == str(choice.path)
            if not model and nameless and choice.path.name == file:
                return choice
        return None

    def of_batch(self, document: BatchDocument) -> ModelChoice | None:
        """The model of kept samples."""
        path = model_file(self._desk.workspace, document)
        same = next((choice for choice in self.choices if choice.path == path), None)
        return same or self.find(document.model)

    def open_file(self, path: Path) -> None:
        """Open a file from elsewhere."""
        path = path.absolute()
        for choice in self.choices:
            if choice.path == path and choice.manifest is not None:
                self.opened.emit(choice)
                return
        self._open(path, foreign=True)

    def prepare(self, choice: ModelChoice) -> None:
        """Open a model early, so that the first sample comes at once; one that could not be listed is read now.

        What a link in the workspace leads to is not opened.
        """
        if choice.folder is not None:
            try:
                check_model(choice.folder)
            except ForeignEntryError as error:
                self.failed.emit(choice.path, str(error))
                return
        self._open(choice.path, early=choice.manifest is not None)

    def _open(self, path: Path, foreign: bool = False, early: bool = False) -> None:
        def on_event(event: SamplerEvent) -> None:
            if isinstance(event, Opened):
                self._on_opened(path, event.manifest, foreign)
            elif isinstance(event, Failed):
                self.failed.emit(path, event.text)

        self._sampler.open(path, self._desk.worker.receiver(on_event), early)

    def close_file(self, choice: ModelChoice) -> None:
        """Take a file from elsewhere off the list; the file and its samples stay."""
        self._files = [other for other in self._files if other.path != choice.path]
        self.changed.emit()

    def remove(self, choice: ModelChoice) -> None:
        """Move a model of the workspace to the trash; the message has an Undo."""
        folder, workspace = choice.folder, self._desk.workspace
        if folder is not None:
            text = f"Removed '{choice.title}'; its samples stay."
            self._desk.remove_with_undo(folder, text, lambda: remove_model(workspace, folder.name))

    def take(self, snapshot: Snapshot) -> None:
        """List what lies in the workspace now."""
        names = {row.folder.name: row.name for row in snapshot.runs}
        rows = [self._with_read(choice_of_row(row, names.get(row.run, ""))) for row in snapshot.models]
        different, self._rows = rows != self._rows, rows
        if different:
            self.changed.emit()

    def _with_read(self, row: ModelChoice) -> ModelChoice:
        """What the service has read counts until it lies beside the file."""
        read = self._read.get(row.path)
        if row.manifest is not None and read is not None and read.edited:
            return replace(row, manifest=row.manifest.model_copy(update={"parity": None, "edited": True}))
        if row.manifest is None and row.path in self._read:
            return replace(row, key=self._read[row.path].model or row.key, manifest=self._read[row.path], error="")
        return row

    def _on_opened(self, path: Path, manifest: Manifest, foreign: bool) -> None:
        known = next((choice for choice in self.choices if choice.path == path), None)
        if known is not None and known.manifest is not None:
            if manifest.edited and not known.manifest.edited:
                # The service has looked at every byte; the list goes by the time of the file.
                self._read[path] = manifest
                self._rows = [self._with_read(row) for row in self._rows]
                self.changed.emit()
            if foreign:
                self.opened.emit(known)
            return
        why = why_not_shown(manifest)
        if why:
            self.failed.emit(path, why)
            return
        if known is not None and known.folder is not None:
            self._keep(known, manifest)
        elif foreign:
            self._files.append(choice_of_file(path, manifest))
        else:
            return
        self.changed.emit()
        self.opened.emit(next(choice for choice in self.choices if choice.path == path))

    def _keep(self, choice: ModelChoice, manifest: Manifest) -> None:
        """A model that said nothing of itself in the workspace says it from now on."""
        folder, desk = choice.folder, self._desk
        self._read[choice.path] = manifest
        self._rows = [self._with_read(row) for row in self._rows]
        if folder is not None and not desk.read_only:
            desk.worker.run(lambda: write_manifest(folder, manifest), lambda _: desk.look_now())


@dataclass(frozen=True)
class ModelChoice:
    """A model in the list.

    Attributes:
        key: What tells it from others: its id, or for a file without one where it lies.
        path: The file that is sampled.
        manifest: What it says of itself; None where that has not been read yet.
        folder: Its folder in the workspace; None for a file that was opened.
        created: When it was exported, seconds since 1970; 0 where that is not known.
        error: Why it cannot be listed, where it cannot.
        run: Name that its run has now; empty where the run is not in the workspace.
    """

    key: str
    path: Path
    manifest: Manifest | None
    folder: Path | None = None
    created: float = 0.0
    error: str = ""
    run: str = ""

    @property
    def title(self) -> str:
        """The name of its run, else its title, else the name of its folder or file."""
        if self.run:
            return self.run
        if self.manifest is not None and self.manifest.title:
            return self.manifest.title
        return self.folder.name if self.folder is not None else self.path.name

    @property
    def origin(self) -> str:
        """Where it comes from and when, in words."""
        about = [self.manifest.dataset if self.manifest is not None else ""]
        if self.folder is None:
            about.append(str(self.path.name))
        if self.created:
            about.append(moment(self.created))
        return " · ".join(part for part in about if part)

    @property
    def quality(self) -> tuple[str, bool]:
        """How long it was trained and whether it is what torch had, in words; and whether all is well."""
        if self.manifest is None:
            return self.error or "Not read yet", not self.error
        parity = self.manifest.parity
        steps = f"{self.manifest.step:,} steps" if self.manifest.step else ""
        if self.manifest.edited:
            return "changed after it was certified", False
        if parity is None:
            return steps or "without certificate", True
        if not parity.passed:
            return f"differs from torch by {parity.max_abs:.0e}, too much", False
        return " · ".join(part for part in (steps, "parity passed") if part), True

    @property
    def figures(self) -> list[str]:
        """What was measured of it: its validation metrics, how close it is to torch, and the licence of its data."""
        manifest = self.manifest
        if manifest is None:
            return []
        found = [f"{name}: {value:.4g}" for name, value in manifest.metrics.items()]
        if manifest.parity is not None:
            found.append(f"differs from torch by at most {manifest.parity.max_abs:.1e}")
        return [*found, *([manifest.licence] if manifest.licence else [])]


def choice_of_row(row: ModelRow, run: str = "") -> ModelChoice:
    """A model of the workspace, and the name of its run."""
    id = row.manifest.model if row.manifest is not None and row.manifest.model else row.folder.name
    return ModelChoice(id, row.folder / SAMPLE_FILE, row.manifest, row.folder, row.created, row.error, run)


def choice_of_file(path: Path, manifest: Manifest) -> ModelChoice:
    """A file from elsewhere."""
    return ModelChoice(manifest.model or str(path), path, manifest)
