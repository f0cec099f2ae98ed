"""Opens SQLite databases the one safe way: WAL, durable commits, a version, damage set aside."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from studio.core.errors import WorkspaceError
from studio.store.inside import check_file

__all__ = ["COMPANIONS", "open_database", "refuse_programs", "set_aside"]

# What SQLite keeps beside a database, by the ending of its name.
COMPANIONS = ("-wal", "-shm", "-journal")


def set_aside(path: Path) -> Path:
    """Rename a damaged file, and a database's companions, to ``NAME.corrupt-N`` and return the new name."""
    number = 1
    while (target := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    path.rename(target)
    for suffix in COMPANIONS:
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(target.with_name(target.name + suffix))
    return target


def refuse_programs(connection: sqlite3.Connection) -> None:
    """Refuse a database with views or triggers: what somebody else wrote would run each time a table is used.

    Raises:
        sqlite3.DatabaseError: If it has any.
    """
    query = "SELECT name FROM sqlite_master WHERE type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%'"
    odd = connection.execute(query).fetchone()
    if odd is not None:
        raise sqlite3.DatabaseError(f"malformed: '{str(odd[0])[:80]}' is not one of its own tables")


def open_database(
    path: Path, schema: Sequence[str], version: int = 1, rebuild: bool = True, thorough: bool = False
) -> sqlite3.Connection:
    """Open a database, making it where it is missing.

    Args:
        path: The file.
        schema: Statements that make the tables, each harmless when repeated.
        version: Format of the tables.
        rebuild: Set a damaged file aside and begin a new one; otherwise a damaged file is an error.
        thorough: Look at every page; for small files.

    Raises:
        WorkspaceError: If the file is newer, a link, or damaged and not to be rebuilt.
    """
    for ending in ("", *COMPANIONS):
        check_file(path.with_name(path.name + ending), written=True)
    connection = None
    try:
        connection = sqlite3.connect(path, timeout=15.0, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA busy_timeout = 15000")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found > version:
            connection.close()
            raise WorkspaceError(
                f"{path} was written by a newer studio (format {found}, this one knows {version}); update the studio."
            )
        refuse_programs(connection)
        for statement in schema:
            connection.execute(statement)
        if thorough and (answer := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(f"malformed: {answer}")
        if found != version:
            connection.execute(f"PRAGMA user_version = {int(version)}")
    except sqlite3.DatabaseError as error:
        if connection is not None:
            connection.close()
        damaged = type(error) is sqlite3.DatabaseError or "malformed" in str(error)
        if not damaged:
            raise
        if not rebuild:
            raise WorkspaceError(f"{path} is damaged: {error}.") from None
        set_aside(path)
        return open_database(path, schema, version, rebuild=False, thorough=thorough)
    return connection
