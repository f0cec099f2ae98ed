"""Remembers which plugins a person has turned off in a workspace."""

from __future__ import annotations

from pathlib import Path

from studio.core.errors import WorkspaceError
from studio.store.atomic import read_document, write_document

__all__ = ["plugins_off", "switch_plugin"]

_FILE = "plugins.json"


def plugins_off(workspace: Path) -> frozenset[str]:
    """Names of the plugins that are turned off.

    Raises:
        WorkspaceError: If the list is damaged or newer; what a person turned off must not come back by itself.
    """
    path = workspace / _FILE
    if not path.exists():
        return frozenset()
    names = read_document(path).get("off")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise WorkspaceError(f"{path} is damaged; delete it to turn every plugin on, then turn off what you want off.")
    return frozenset(names)


def switch_plugin(workspace: Path, name: str, on: bool) -> None:
    """Turn a plugin on or off.

    Raises:
        WorkspaceError: If the list is damaged.
        OSError: If the workspace cannot be written to.
    """
    off = plugins_off(workspace)
    write_document(workspace / _FILE, {"off": sorted(off - {name} if on else off | {name})})
