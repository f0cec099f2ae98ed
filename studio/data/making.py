"""Makes the folder of a data set whole or not at all, and says what came of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from studio.core.bounded import LONGEST_NAME
from studio.core.errors import DataError
from studio.core.event import ImportDone
from studio.store.atomic import new_folder
from studio.store.dataset import DatasetDocument
from studio.store.workspace import Workspace, new_id

__all__ = ["check_name", "import_done", "new_dataset"]


def check_name(name: str) -> None:
    """Refuse a name that no data set can have.

    Raises:
        DataError: If it is too long.
    """
    if len(name) > LONGEST_NAME:
        raise DataError(f"The name of the data set is longer than {LONGEST_NAME} characters; choose a shorter one.")


@contextmanager
def new_dataset(workspace: Workspace, name: str) -> Iterator[tuple[Path, str]]:
    """Make a data set: its folder appears whole when the block ends well, and leaves nothing otherwise.

    Args:
        workspace: Gets it; what was left unfinished there is removed first.
        name: Its name.

    Yields:
        The folder while it is made, and the id that it will have.
    """
    with suppress(OSError):
        workspace.remove_leftovers()
    target = workspace.folder("datasets") / new_id(name)
    done = False
    try:
        with new_folder(target) as folder:
            yield folder, target.name
        done = True
    finally:
        if not done:
            # A cancel can arrive at any point, even after the folder got its name or while it is being removed.
            for left in (target, *target.parent.glob(f".{target.name}.*.tmp")):
                shutil.rmtree(left, ignore_errors=True)


def import_done(document: DatasetDocument) -> ImportDone:
    """The last word of the process that made a data set."""
    return {
        "event": "done",
        "dataset": document.id,
        "name": document.name,
        "items": document.count,
        "rejected": document.rejected,
        "classes": list(document.spec.classes),
        "shape": list(document.spec.shape),
        "size": document.spec.size,
        "splits": dict(document.splits),
        "notes": list(document.notes),
    }
