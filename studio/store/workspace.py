"""The workspace: the folder of data sets, runs, models, samples and trash, and the names in it."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
import unicodedata
from contextlib import suppress
from pathlib import Path

from studio.core.errors import DamagedDocumentError, WorkspaceError, explain
from studio.store.atomic import read_document, write_document
from studio.store.database import set_aside
from studio.store.inside import check_folder
from studio.store.lock import WINDOW_LOCK, is_folder_held, is_locked

__all__ = ["FOLDERS", "Workspace", "new_id"]

# Between a folder's making and its being held, and while it is renamed.
_FRESH_S = 30.0
FOLDERS = ("datasets", "runs", "models", "gallery", "jobs", "trash")


def new_id(name: str) -> str:
    """Make an id from a name: letters, digits and dashes, and six random hexadecimal digits."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "item"
    return f"{slug}-{secrets.token_hex(3)}"


class Workspace:
    """A workspace on disk.

    Args:
        path: The folder; it is made where it is missing.

    Raises:
        WorkspaceError: If it cannot be made, read or written, or belongs to a newer studio.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        try:
            self.path.mkdir(parents=True, mode=0o700, exist_ok=True)
            for name in FOLDERS:
                check_folder(self.path / name)
                (self.path / name).mkdir(exist_ok=True)
            document = self.path / "workspace.json"
            with suppress(DamagedDocumentError):
                if document.exists():
                    read_document(document)
                    return
            # Nothing but a date is lost with it; what lies in the folders speaks for itself.
            if document.exists():
                set_aside(document)
            write_document(document, {"created": time.time()})
        except OSError as error:
            raise WorkspaceError(
                f"The workspace {self.path} cannot be used: {explain(error)}. Choose another with --workspace."
            ) from None

    def folder(self, kind: str) -> Path:
        """One of the workspace's folders, by its name in FOLDERS."""
        return self.path / kind

    def entries(self, kind: str) -> list[Path]:
        """The whole entries of a folder, oldest first; unfinished and hidden ones are left out."""
        found = []
        with os.scandir(self.folder(kind)) as rows:
            for row in rows:
                with suppress(FileNotFoundError):
                    # Another process may have thrown it away since it was listed.
                    if not row.name.startswith(".") and row.is_dir(follow_symlinks=False):
                        found.append((row.stat(follow_symlinks=False).st_mtime, Path(row.path)))
        return [path for _, path in sorted(found)]

    def foreign_entries(self, kind: str) -> list[Path]:
        """Links in a folder of the workspace, by name: they are shown, and can be removed, but never followed."""
        with os.scandir(self.folder(kind)) as rows:
            return sorted(Path(row.path) for row in rows if not row.name.startswith(".") and row.is_symlink())

    def throw_away(self, path: Path) -> Path:
        """Move an entry to the trash by one rename; returns its new place."""
        target = self.folder("trash") / f"{path.parent.name}-{path.name}-{secrets.token_hex(3)}"
        try:
            path.rename(target)
        except FileNotFoundError:
            raise WorkspaceError(f"{path} is gone already.") from None
        return target

    def put_back(self, place: Path, target: Path) -> None:
        """Undo ``throw_away``.

        Args:
            place: Where it lies in the trash, as ``throw_away`` returned it.
            target: Where it was.

        Raises:
            WorkspaceError: If it has gone from the trash, or something stands at its old place.
        """
        # A rename would replace an empty folder without a word.
        if os.path.lexists(target):
            raise WorkspaceError(f"There is something at {target} again; move it away, then put {place} there.")
        try:
            place.rename(target)
        except FileNotFoundError:
            if target.parent.is_dir():
                raise WorkspaceError(f"{place} has gone from the trash; it cannot be put back.") from None
            raise WorkspaceError(f"{target.parent} is missing; {place} cannot be put back.") from None
        except OSError as error:
            raise WorkspaceError(f"{place} cannot be put back: {explain(error)}.") from None

    def remove_leftovers(self, older_than_s: float = 3600.0) -> None:
        """Delete what processes that died left unfinished, once nobody can still be writing it.

        Args:
            older_than_s: Age from which nobody can, where that cannot be told for certain, in seconds.
        """
        now = time.time()
        for kind in FOLDERS:
            if kind == "gallery" and is_locked(self.path / WINDOW_LOCK):
                continue  # samples that could not be kept are shown from there for as long as the window is open
            with os.scandir(self.folder(kind)) as rows:
                for row in rows:
                    stale = row.name.startswith(".") and row.name.endswith(".tmp")
                    if kind == "jobs":
                        stale = not is_locked(Path(row.path) / "lock")
                    with suppress(OSError):
                        age = older_than_s
                        if stale and kind != "jobs" and row.is_dir(follow_symlinks=False):
                            held = is_folder_held(Path(row.path))
                            stale, age = not held, older_than_s if held is None else _FRESH_S
                        if not stale or now - row.stat(follow_symlinks=False).st_mtime <= age:
                            continue
                        if row.is_dir(follow_symlinks=False):
                            shutil.rmtree(row.path, ignore_errors=True)
                        else:
                            os.unlink(row.path)
