"""The one place that writes documents and folders: whole or not at all, and durable once it returns.

Pattern: a temporary name beside the target, fsync, rename, fsync of the folder (notes of ALICE, OSDI 2014). After a
failed fsync the same descriptor is never tried again; the temporary file is removed and the error goes up.
"""

from __future__ import annotations

import json
import math
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from studio.core.errors import DamagedDocumentError, WorkspaceError
from studio.store.inside import read_own
from studio.store.lock import held_folder

__all__ = ["fsync_file", "fsync_folder", "new_folder", "read_document", "write_bytes", "write_document"]

_MAX_DOCUMENT_BYTES = 64 * 2**20


def fsync_folder(folder: Path) -> None:
    """Make the names in a folder durable; a platform that cannot open folders has nothing to do."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fsync_file(path: Path) -> None:
    """Make a file's content durable."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_bytes(path: Path, data: bytes, durable: bool = True) -> None:
    """Replace a file's content at once.

    Args:
        path: The target; its folder must exist.
        data: The whole content.
        durable: Wait for the disk; False for what may be lost with the machine, such as a heartbeat.
    """
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    if durable:
        fsync_folder(path.parent)


@contextmanager
def new_folder(path: Path, taken: Mapping[str, Path] | None = None) -> Iterator[Path]:
    """Make a folder that appears whole: fill the yielded one; it is renamed into place when the block ends well.

    Args:
        path: The folder.
        taken: Files that the block moves into it rather than writes, by their name in it, and where they lay before:
            they go back there when it fails, for nobody could make them again.

    Raises:
        FileExistsError: If the target exists already.
    """
    if path.exists():
        raise FileExistsError(17, "there is such a folder already", str(path))
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.tmp")
    temporary.mkdir()
    renamed = False
    try:
        # Held to the end: what takes long to reach the disk must not look like a leftover.
        with held_folder(temporary):
            yield temporary
            for folder, _, names in os.walk(temporary):
                for name in names:
                    fsync_file(Path(folder) / name)
                fsync_folder(Path(folder))
            os.rename(temporary, path)
            renamed = True
        fsync_folder(path.parent)
    except BaseException:
        # What is said to have failed must not be there all the same.
        unfinished = path if renamed else temporary
        for name, origin in (taken or {}).items():
            with suppress(FileNotFoundError):
                os.replace(unfinished / name, origin)
        if renamed:
            with suppress(OSError):
                os.rename(path, temporary)
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def write_document(path: Path, document: Mapping[str, Any], version: int = 1, durable: bool = True) -> None:
    """Write a JSON document with its format version."""
    text = json.dumps({"format": version, **document}, indent=1, allow_nan=False, ensure_ascii=True)
    write_bytes(path, text.encode(), durable)


def _refuse(word: str) -> float:
    """JSON knows no NaN and no Infinity, though Python reads and writes them."""
    raise ValueError(f"{word} is no number")


def _finite(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _refuse(digits)


def read_document(
    path: Path,
    version: int = 1,
    migrations: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] | None = None,
    rewrite: bool = True,
) -> dict[str, Any]:
    """Read a JSON document; an older one is migrated, a newer one is refused.

    Args:
        path: The document.
        version: The format this studio writes.
        migrations: For each older format, the function that turns its document into the next format's.
        rewrite: Write the migrated document in the older one's place, after a backup, so that it is done once.

    Raises:
        WorkspaceError: If it is missing, damaged or newer, a link or no file.
    """
    try:
        data = read_own(path, _MAX_DOCUMENT_BYTES)
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be read: {error.strerror}.") from None
    if data is None:
        raise WorkspaceError(f"{path} is too large to be one of the studio's documents.")
    try:
        document = json.loads(data, parse_constant=_refuse, parse_float=_finite)
        found = int(document["format"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise DamagedDocumentError(f"{path} is damaged: it is not one of the studio's documents.") from None
    if found > version:
        raise WorkspaceError(
            f"{path} was written by a newer studio (format {found}, this one knows {version}); update the studio."
        )
    if found < version:
        steps = migrations or {}
        if any(step not in steps for step in range(found, version)):
            raise WorkspaceError(f"{path} has format {found}, which this studio can no longer read.")
        if rewrite:
            write_bytes(path.with_name(f"{path.name}.format-{found}"), data)
        for step in range(found, version):
            document = steps[step](document)
        if rewrite:
            write_document(path, {key: value for key, value in document.items() if key != "format"}, version)
    return {key: value for key, value in document.items() if key != "format"}
