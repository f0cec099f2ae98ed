"""Reads what lies in the workspace and what its runs do, as they are at one moment, and tells when it changes."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from studio.core.errors import WorkspaceError, explain
from studio.core.manifest import Manifest
from studio.store.dataset import DatasetDocument, read_dataset_document
from studio.store.entry import read_entry
from studio.store.model import model_created, read_manifest
from studio.store.run import LIVE, RunDocument, RunStatus, read_run, read_status
from studio.store.workspace import Workspace

__all__ = ["DatasetRow", "ModelRow", "RunRow", "Snapshot", "WorkspaceReader", "WorkspaceWatch"]

R = TypeVar("R")
_PERIOD_S = 0.4


@dataclass(frozen=True)
class DatasetRow:
    """A data set; without a document it is damaged, and the error says how."""

    folder: Path
    document: DatasetDocument | None
    error: str = ""


@dataclass(frozen=True)
class RunRow:
    """A run and its status; without a document it is damaged, and the error says how."""

    folder: Path
    document: RunDocument | None
    status: RunStatus
    error: str = ""

    @property
    def name(self) -> str:
        """Its name, or its id where the name is lost."""
        return self.document.name if self.document is not None else self.folder.name

    @property
    def live(self) -> bool:
        """Whether it waits, works or pauses."""
        return self.status.state in LIVE


@dataclass(frozen=True)
class ModelRow:
    """A model; without a manifest it cannot be listed, and the error says why."""

    folder: Path
    manifest: Manifest | None
    created: float
    error: str = ""

    @property
    def run(self) -> str:
        """Id of the run that it was exported from; empty where it does not say."""
        return self.manifest.run if self.manifest is not None else ""


@dataclass(frozen=True)
class Snapshot:
    """The workspace at one moment; every list begins with the oldest.

    Attributes:
        datasets: Its data sets.
        runs: Its runs.
        models: Its models.
        problem: Why the workspace cannot be read, where it cannot.
    """

    datasets: tuple[DatasetRow, ...] = ()
    runs: tuple[RunRow, ...] = ()
    models: tuple[ModelRow, ...] = ()
    problem: str = ""


class WorkspaceReader:
    """Reads a workspace again and again.

    Args:
        workspace: The workspace.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._documents: dict[tuple[str, int], Any] = {}

    def read(self) -> Snapshot:
        """Read the workspace; documents that did not change are not read again."""
        seen: dict[tuple[str, int], Any] = {}
        datasets = [self._dataset(folder, seen) for folder in self._entries("datasets")]
        runs = [self._run(folder, seen) for folder in self._entries("runs")]
        models = [self._model(folder, seen) for folder in self._entries("models")]
        self._documents = seen
        return Snapshot(
            tuple(sorted(datasets, key=lambda row: row.document.created if row.document is not None else 0.0)),
            tuple(sorted(runs, key=lambda row: row.document.created if row.document is not None else 0.0)),
            tuple(sorted(models, key=lambda row: row.created)),
        )

    def _entries(self, kind: str) -> list[Path]:
        """What is listed: the entries, and the links, of which the store then says that it follows none."""
        return [*self._workspace.entries(kind), *self._workspace.foreign_entries(kind)]

    def _document(
        self, path: Path, read: Callable[[Path], R], seen: dict[tuple[str, int], Any], changed: int = 0
    ) -> tuple[R | None, str]:
        """Read a document, or take what was read when it, or what ``changed`` stands for, last changed."""

        def read_now() -> tuple[R | None, str]:
            found = read_entry(path.parent, read)
            return (None, str(found)) if isinstance(found, WorkspaceError) else (found, "")

        try:
            key = (str(path), path.stat().st_mtime_ns ^ changed)
        except OSError:
            return read_now()
        seen[key] = self._documents[key] if key in self._documents else read_now()
        answer: tuple[R | None, str] = seen[key]
        return answer

    def _dataset(self, folder: Path, seen: dict[tuple[str, int], Any]) -> DatasetRow:
        return DatasetRow(folder, *self._document(folder / "spec.json", read_dataset_document, seen))

    def _run(self, folder: Path, seen: dict[tuple[str, int], Any]) -> RunRow:
        document, error = self._document(folder / "run.json", read_run, seen)
        status, _ = self._document(folder / "status.json", read_status, seen)
        if status is None or status.state in LIVE:
            # Whether its process lives is not written in the file.
            status = read_status(folder)
        # The heartbeat beats when nothing else happens; that alone is no news.
        return RunRow(folder, document, status.model_copy(update={"heartbeat": 0.0}), error)

    def _model(self, folder: Path, seen: dict[tuple[str, int], Any]) -> ModelRow:
        # The certificate goes with the file beside it.
        created = model_created(folder)
        manifest, error = self._document(folder / "manifest.json", read_manifest, seen, hash(created))
        return ModelRow(folder, manifest, created, error)


class WorkspaceWatch:
    """Looks at the workspace a few times a second.

    Args:
        workspace: The workspace.
        tell: Called in the thread with each snapshot that differs from the last.
    """

    def __init__(self, workspace: Workspace, tell: Callable[[Snapshot], None]) -> None:
        self._workspace = workspace
        self._reader = WorkspaceReader(workspace)
        self._tell = tell
        self._last = Snapshot()
        self._wake = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def look_now(self) -> None:
        """Look at once instead of at the next turn."""
        self._wake.set()

    def close(self) -> None:
        """End the thread."""
        self._closed = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2.0)

    def _work(self) -> None:
        while not self._closed:
            found = self._look()
            if found != self._last and not self._closed:
                self._last = found
                self._tell(found)
            self._wake.wait(_PERIOD_S)
            self._wake.clear()

    def _look(self) -> Snapshot:
        """The workspace as it is; where it cannot be read, as it was, and why."""
        try:
            return self._reader.read()
        except (OSError, WorkspaceError, sqlite3.Error) as error:
            problem = f"The workspace cannot be read: {explain(error)}."
            path = self._workspace.path
            if not path.is_dir():
                problem = f"The workspace {path} is not there any more; bring it back, or open another."
        except Exception as error:
            # The window must not stand still because of one thing that nobody thought of.
            threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
            problem = f"The workspace cannot be watched: {explain(error)}."
        return replace(self._last, problem=problem)
