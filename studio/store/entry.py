"""Lists and finds entries of the workspace that have a document: by id, or by name where only one has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from studio.core.errors import DataError, ForeignEntryError, WorkspaceError, explain
from studio.store.inside import check_folder, is_own_folder
from studio.store.workspace import Workspace

__all__ = ["find_entry", "find_folder", "foreign_rows", "list_entries", "read_entry"]


class _Document(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def created(self) -> float: ...


D = TypeVar("D", bound=_Document)
E = TypeVar("E")
Row = tuple[Path, D | WorkspaceError]


def list_entries(workspace: Workspace, kind: str, read: Callable[[Path], D]) -> list[Row[D]]:
    """Every entry of a folder of the workspace, oldest first, damaged and foreign ones before them with their error."""
    rows: list[Row[D]] = [*foreign_rows(workspace, kind)]
    rows += [(folder, read_entry(folder, read)) for folder in workspace.entries(kind)]
    return sorted(rows, key=lambda row: 0.0 if isinstance(row[1], WorkspaceError) else row[1].created)


def read_entry(folder: Path, read: Callable[[Path], E]) -> E | WorkspaceError:
    """What is read of an entry, or why it cannot be read: a folder that nobody may look into costs one row too."""
    try:
        return read(folder)
    except WorkspaceError as error:
        return error
    except OSError as error:
        return WorkspaceError(f"{folder} cannot be read: {explain(error)}.")


def foreign_rows(workspace: Workspace, kind: str) -> list[tuple[Path, ForeignEntryError]]:
    """The links in a folder of the workspace, each with the sentence that says why it is not followed."""
    rows = []
    for path in workspace.foreign_entries(kind):
        try:
            check_folder(path)
        except ForeignEntryError as error:
            rows.append((path, error))
    return rows


def find_folder(workspace: Workspace, kind: str, name: object) -> Path | None:
    """The entry of a folder of the workspace that has a name; None where there is none.

    Args:
        workspace: The workspace.
        kind: Which of its folders.
        name: The name as a document or a table has it: anything at all, also a path to somewhere else.
    """
    if not isinstance(name, str) or not name or Path(name).name != name or name.startswith("."):
        return None
    folder = workspace.folder(kind) / name
    return folder if is_own_folder(folder) else None


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
