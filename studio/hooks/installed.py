"""Asks which plugins are installed: the catalogue, made in a child process and cached.

No process with a window or a queue imports plugin code; it reads this answer instead. The cache is keyed by what is
installed and by the time of the sources of plugins, so an upgraded or edited plugin is seen at the next look.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from studio.core.errors import PluginError, SettingsError, WorkspaceError
from studio.hooks import child
from studio.hooks.catalogue import Catalogue, CataloguePlugin
from studio.hooks.loader import find_plugins
from studio.store.atomic import write_bytes
from studio.store.inside import read_own
from studio.store.switches import plugins_off
from studio.store.workspace import Workspace
from studio.version import VERSION

__all__ = ["installed_plugins", "read_catalogue", "validate_settings"]

_MOST_CACHE_BYTES = 16 * 2**20
# Of the cache's file; one of another format is made again.
_FORMAT = 2


def installed_plugins(workspace: Workspace, safe_mode: bool = False, read_only: bool = False) -> Catalogue:
    """The catalogue of a workspace; some seconds where it is not cached, so a window calls it in a thread.

    Args:
        workspace: The workspace.
        safe_mode: The bundled plugins only.
        read_only: Nothing can be cached in it.

    Raises:
        StudioError: If it cannot be had.
    """
    name = "catalogue-safe.json" if safe_mode else "catalogue.json"
    cache = None if read_only else workspace.path / name
    return read_catalogue(cache, safe_mode, plugins_off(workspace.path))


def _fingerprint(safe_mode: bool, off: Collection[str]) -> str:
    """What the catalogue depends on: versions, and the newest source of each plugin's package."""
    parts = [VERSION, sys.version, sys.executable, str(safe_mode), *(f"off {name}" for name in off)]
    for row in find_plugins(safe_mode, off):
        value, newest = "", 0
        # A package that cannot be found or a value that names none is the loader's to report.
        with suppress(ImportError, ValueError, AttributeError, OSError):
            value = row.entry.value if row.entry is not None else ""
            found = importlib.util.find_spec(row.entry.module.partition(".")[0]) if row.entry is not None else None
            sources = [Path(found.origin)] if found is not None and found.origin else []
            for folder in (found.submodule_search_locations or []) if found is not None else []:
                sources += Path(folder).rglob("*.py")
            newest = max([newest, *(source.stat().st_mtime_ns for source in sources)])
        parts.append(f"{row.name}={value} {row.distribution} {row.version} {newest}")
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()


def read_catalogue(cache: Path | None = None, safe_mode: bool = False, off: Collection[str] = ()) -> Catalogue:
    """The catalogue, from the cache or from a child process.

    Args:
        cache: File to keep the answer in; None for no cache.
        safe_mode: The bundled plugins only.
        off: Names of plugins that are not to be imported.

    Raises:
        PluginError: If the child process does not answer.
    """
    words = [word for name in sorted(off) for word in ("--off", name)]
    key = _fingerprint(safe_mode, off)
    if cache is not None:
        # A link or a pipe in its place counts for nothing.
        with suppress(OSError, WorkspaceError, ValueError, KeyError, TypeError):
            kept = json.loads(read_own(cache, _MOST_CACHE_BYTES) or b"")
            if kept["format"] == _FORMAT and kept["key"] == key:
                return Catalogue.model_validate(kept["catalogue"])
    try:
        catalogue = Catalogue.model_validate(child.ask(["--safe-mode", *words] if safe_mode else words))
    except PluginError:
        if safe_mode:
            raise
        # One plugin hangs or ends the process: find out which, and do not keep the answer.
        return _one_by_one(off)
    if cache is not None:
        with suppress(OSError):
            document = {"format": _FORMAT, "key": key, "catalogue": catalogue.model_dump(mode="json")}
            write_bytes(cache, json.dumps(document).encode(), durable=False)
    return catalogue


def _one_by_one(off: Collection[str]) -> Catalogue:
    """The catalogue with a child process for each distribution: one that hangs or crashes costs itself only."""
    words = [word for name in sorted(off) for word in ("--off", name)]
    bundled = Catalogue.model_validate(child.ask(["--safe-mode", *words]))
    plugins = list(bundled.plugins)
    owners = {family.id: plugin.distribution for plugin in plugins for family in plugin.families}
    rows = [row for row in find_plugins(off=off) if not row.bundled]
    for distribution in dict.fromkeys(row.distribution for row in rows):
        try:
            said = child.ask(["--only", distribution, *words], timeout_s=child.ONE_TIMEOUT_S)
            answer = Catalogue.model_validate(said)
            found = [plugin for plugin in answer.plugins if plugin.distribution == distribution]
        except PluginError as error:
            found = [
                CataloguePlugin(
                    name=row.name, distribution=distribution, version=row.version, bundled=False, reason=str(error)
                )
                for row in rows
                if row.distribution == distribution
            ]
        for plugin in found:
            taken = next((family.id for family in plugin.families if family.id in owners), None)
            if taken is not None:
                reason = f"It declares the family '{taken}', which {owners[taken]} has already."
                plugin = plugin.model_copy(update={"families": (), "reason": reason})
            owners.update({family.id: distribution for family in plugin.families})
            plugins.append(plugin)
    return Catalogue(plugins=tuple(plugins), train_schema=bundled.train_schema)


def validate_settings(family: str, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Let the family's own settings class judge values, in a child process.

    Returns:
        The studio's and the family's settings, with every default filled in.

    Raises:
        SettingsError: One sentence on what is wrong.
        PluginError: If the family is not there.
    """
    answer = child.ask(["--validate", family], json.dumps(values))
    if answer["kind"] == "SettingsError":
        raise SettingsError(answer["message"], answer["fields"])
    if answer["kind"]:
        raise PluginError(answer["message"])
    return answer["train"], answer["settings"]
