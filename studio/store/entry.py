"""This file lists and finds entries of the workspace that have a document: by id, or by name where only one has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from studio.core.errors import DataError, WorkspaceError
from studio.store.workspace import Workspace

__all__ = ["find_entry", "list_entries"]


class _Document(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def created(self) -> float: ...


D = TypeVar("D", bound=_Document)
Row = tuple[Path, D | WorkspaceError]


def list_entries(workspace: Workspace, kind: str, read: Callable[[Path], D]) -> list[Row[D]]:
    """Every entry of a folder of the workspace, oldest first, damaged ones before them with their error."""
    rows: list[Row[D]] = []
    for folder in workspace.entries(kind):
        try:
            rows.append((folder, read(folder)))
        except WorkspaceError as error:
            rows.append((folder, error))
    return sorted(rows, key=lambda row: 0.0 if isinstance(row[1], WorkspaceError) else row[1].created)


def find_entry(rows: Sequence[Row[D]], name: str, word: str, advice: str, place: Path) -> tuple[Path, D]:
    """Find the entry with an id, or the only one with a name.

    Args:
        rows: What ``list_entries`` gave.
        name: Id or name.
        word: What an entry is called, in the singular.
        advice: What to do when there is none, without the full stop.
        place: The workspace's folder.

    Raises:
        DataError: If there is none, or several have the name.
        WorkspaceError: If it is damaged.
    """
    for folder, document in rows:
        if folder.name == name:
            if isinstance(document, WorkspaceError):
                raise document
            return folder, document
    named = [(folder, doc) for folder, doc in rows if not isinstance(doc, WorkspaceError) and doc.name == name]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(folder.name for folder, _ in named)
        raise DataError(f"Several {word}s are called '{name}'; name one by its id: {ids}.")
    raise DataError(f"There is no {word} '{name}' in {place}; {advice}.")
