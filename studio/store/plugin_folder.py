"""The plugins that were installed by the studio: each in a folder of its own, approved by the hash of its files.

::

    PLUGINS/NAME/record.json              which version is used, which was before, which waits, and what was approved
    PLUGINS/NAME/versions/V/lock.json     the wheels it was made of, and size and sha256 of every file
    PLUGINS/NAME/versions/V/site/         the files of the plugin and of what it depends on
    PLUGINS/NAME/seen.json                when the files were last found as approved, so that they are not read again
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.core.bounded import Count, Name
from studio.core.errors import WorkspaceError, explain
from studio.store.atomic import read_document, write_document
from studio.store.place import plugins_folder

__all__ = [
    "Installation",
    "Lock",
    "LockedFile",
    "LockedWheel",
    "Record",
    "changed_files",
    "folder_name",
    "installations",
    "locked_files",
    "read_installation",
    "read_lock",
    "version_folder",
    "write_lock",
    "write_record",
]

_RECORD, _LOCK, _SEEN = "record.json", "lock.json", "seen.json"
_CHUNK = 1 << 20
_FOLDER = re.compile(r"[a-z0-9][a-z0-9._+!-]{0,199}")
_Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
_Version = Annotated[str, Field(pattern=f"^({_FOLDER.pattern})?$")]


def folder_name(distribution: str) -> str:
    """Name of a distribution's folder: its name as package indexes compare them, such as ``my-plugin``."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


class LockedFile(BaseModel):
    """Size in bytes and sha256 of a file."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    size: Count
    sha256: _Digest


class LockedWheel(BaseModel):
    """A wheel that the files came from; ``file`` is its name."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Name
    version: Name
    file: Name
    size: Count
    sha256: _Digest


class Lock(BaseModel):
    """What lies in one version of a plugin.

    Attributes:
        name: Name of the distribution.
        version: Its version.
        author: Who its metadata name.
        licence: What its metadata say.
        summary: One sentence of its metadata.
        wheels: The plugin's own wheel, then those that it depends on.
        files: Every file, by its path in ``site`` with ``/`` between.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Name
    version: Name
    author: Name = ""
    licence: Name = ""
    summary: Name = ""
    wheels: tuple[LockedWheel, ...] = ()
    files: dict[Name, LockedFile] = Field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The sha256 that a person approves: of the paths, sizes and hashes of all files."""
        rows = sorted((path, file.size, file.sha256) for path, file in self.files.items())
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


class Record(BaseModel):
    """Which version of a plugin is used.

    Attributes:
        current: Name of its folder in ``versions``; empty where none was approved yet.
        previous: The one before, to go back to; empty where there is none.
        waiting: The one that was installed last and not approved yet; empty where there is none.
        approved: Digest of the lock of the current one, as the person approved it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    current: _Version = ""
    previous: _Version = ""
    waiting: _Version = ""
    approved: str = ""

    @property
    def shown(self) -> str:
        """The version that is used, or the one that waits where none is."""
        return self.current or self.waiting


@dataclass(frozen=True)
class Installation:
    """A plugin that was installed by the studio.

    Attributes:
        folder: Its folder.
        record: Which version is used.
        version: Name of the folder of the version that this is.
        lock: What lies in that version.
        problem: Why it cannot be used; empty where nothing is wrong that is known without reading its files.
    """

    folder: Path
    record: Record
    version: str
    lock: Lock
    problem: str = ""

    @property
    def site(self) -> Path:
        """The folder that its processes import from, after everything of the studio's own."""
        return version_folder(self.folder, self.version) / "site"


def installations() -> list[Installation]:
    """What was installed by the studio, by name; a folder that cannot be read is one with its problem.

    A folder without a record is what a killed installation left.
    """
    root = plugins_folder()
    try:
        names = sorted(row.name for row in os.scandir(root) if row.is_dir(follow_symlinks=False))
    except OSError:
        return []
    whole = [name for name in names if _FOLDER.fullmatch(name) and os.path.lexists(root / name / _RECORD)]
    return [read_installation(root / name) for name in whole]


def version_folder(folder: Path, version: str) -> Path:
    """Where a version of a plugin lies."""
    return folder / "versions" / version


def read_lock(folder: Path, version: str) -> Lock:
    """What lies in a version of a plugin.

    Raises:
        WorkspaceError: If its lock is missing or damaged.
    """
    path = version_folder(folder, version) / _LOCK
    try:
        return Lock.model_validate(read_document(path))
    except ValidationError as error:
        raise WorkspaceError(f"{path} is damaged ({error.error_count()} of its fields).") from None


def read_installation(folder: Path, waiting: bool = False, version: str = "") -> Installation:
    """Read one; whatever is wrong is its problem, one sentence.

    Args:
        folder: The plugin's folder.
        waiting: Read the version that was not approved yet.
        version: Read this one; empty for the one that is used.
    """
    record, lock, problem = Record(), Lock(name=folder.name, version=""), ""
    try:
        record = Record.model_validate(read_document(folder / _RECORD))
        version = version or (record.waiting if waiting else record.shown)
        if not version:
            raise WorkspaceError("it names no version")
        lock = read_lock(folder, version)
        if folder_name(lock.name) != folder.name:
            problem = f"{folder} holds '{lock.name}'; install it again."
        elif version != record.current:
            problem = "It was not approved yet: see its report card, then turn it on."
        elif record.approved != lock.digest:
            problem = "Its list of files changed since it was approved; install it again."
    except (WorkspaceError, ValidationError, OSError) as error:
        problem = f"Its folder is damaged ({explain(error).rstrip('.')}); install it again."
    return Installation(folder, record, version, lock, problem)


def write_record(folder: Path, record: Record) -> None:
    """Say which version of a plugin is used from now on, at once or not at all."""
    write_document(folder / _RECORD, record.model_dump(mode="json"))


def write_lock(unfinished: Path, lock: Lock) -> None:
    """Say what lies in a version; ``unfinished`` is its folder while it is made."""
    write_document(unfinished / _LOCK, lock.model_dump(mode="json"))


def locked_files(site: Path) -> dict[str, LockedFile]:
    """Size and sha256 of every file below a folder.

    Raises:
        OSError: If one cannot be read.
    """
    return {path: LockedFile(size=found.st_size, sha256=_hash(site / path)) for path, found in _walk(site).items()}


def changed_files(installation: Installation) -> list[str]:
    """Paths of the files that are not as approved: changed, added, removed or replaced by a link.

    A file is read again only where its size or one of its times is another than when it was last found as approved.
    """
    locked = installation.lock.files
    try:
        found = _walk(installation.site)
    except OSError:
        return sorted(locked)
    seen = _read_seen(installation)
    times = {path: [row.st_size, row.st_mtime_ns, row.st_ctime_ns] for path, row in found.items()}
    changed = sorted(locked.keys() ^ found.keys())
    for path in sorted(locked.keys() & found.keys()):
        if times[path] != seen.get(path) and not _matches(installation.site / path, locked[path], found[path].st_size):
            changed.append(path)
    if not changed and seen != times:
        with suppress(OSError):
            document = {"digest": installation.lock.digest, "files": times}
            write_document(installation.folder / _SEEN, document, durable=False)
    return changed


def _matches(path: Path, locked: LockedFile, size: int) -> bool:
    try:
        return size == locked.size and _hash(path) == locked.sha256
    except OSError:
        return False


def _read_seen(installation: Installation) -> Mapping[str, object]:
    with suppress(WorkspaceError, OSError):
        document = read_document(installation.folder / _SEEN)
        files = document.get("files")
        if document.get("digest") == installation.lock.digest and isinstance(files, dict):
            return files
    return {}


def _walk(site: Path) -> dict[str, os.stat_result]:
    """Everything below a folder that is no folder, links as what they are, by path."""
    found: dict[str, os.stat_result] = {}
    waiting = [(site, "")]
    while waiting:
        folder, before = waiting.pop()
        with os.scandir(folder) as rows:
            for row in rows:
                if row.is_dir(follow_symlinks=False):
                    waiting.append((Path(row.path), f"{before}{row.name}/"))
                else:
                    found[before + row.name] = row.stat(follow_symlinks=False)
    return found


def _hash(path: Path) -> str:
    if path.is_symlink():
        return ""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
