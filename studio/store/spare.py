"""Keeps a few bytes of the disk for one small document, so that it can be replaced when the disk is full.

The new text is written into the blocks of a spare file, which is then renamed into place; what was there before becomes
the next spare. No block is taken from the disk, so this can be done any number of times; where a file system copies
what is written over (btrfs, ZFS, APFS), it works for as long as that keeps blocks back.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from studio.store.atomic import fsync_folder
from studio.store.inside import is_own_file, open_own

__all__ = ["keep_spare", "write_into_spare"]

# What one block holds on the usual disks; a file of any size has at least one.
_BLOCK_BYTES = 4096


def keep_spare(spare: Path) -> None:
    """See to it that there is a spare file; where there is no room for one now, there may be later."""
    if is_own_file(spare):
        return
    with suppress(OSError):
        descriptor = os.open(spare, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, b" " * _BLOCK_BYTES)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_into_spare(path: Path, spare: Path, document: Mapping[str, Any], version: int = 1) -> None:
    """Replace a document at once without taking room on the disk.

    Args:
        path: The document.
        spare: Its spare file, beside it.
        document: The values, at most a block of JSON.
        version: Format of the document.

    Raises:
        OSError: If there is no spare file, or it cannot be written; the old document is whole then.
    """
    data = json.dumps({"format": version, **document}, allow_nan=False).encode()
    if len(data) > _BLOCK_BYTES or not is_own_file(spare):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    descriptor = open_own(spare, os.O_RDWR)
    try:
        os.pwrite(descriptor, data, 0)
        os.ftruncate(descriptor, len(data))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    before = spare.with_name(f"{spare.name}.before")
    with suppress(OSError):
        before.unlink(missing_ok=True)
        os.link(path, before)
    os.replace(spare, path)
    with suppress(OSError):
        # Where the disk knows no second names, the next change of state finds no spare until there is room again.
        os.replace(before, spare)
    fsync_folder(path.parent)
