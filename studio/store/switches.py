"""This file remembers which plugins a person has turned off in a workspace."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from studio.core.errors import WorkspaceError
from studio.store.atomic import read_document, write_document

__all__ = ["plugins_off", "switch_plugin"]

_FILE = "plugins.json"


def plugins_off(workspace: Path) -> frozenset[str]:
    """Names of the plugins that are turned off; where the document is damaged none is."""
    with suppress(WorkspaceError):
        names = read_document(workspace / _FILE).get("off", [])
        return frozenset(name for name in names if isinstance(name, str))
    return frozenset()


def switch_plugin(workspace: Path, name: str, on: bool) -> None:
    """Turn a plugin on or off.

    Raises:
        OSError: If the workspace cannot be written to.
    """
    off = plugins_off(workspace)
    write_document(workspace / _FILE, {"off": sorted(off - {name} if on else off | {name})})
