"""Asks which plugins are installed: the catalogue, put together from the answers of child processes, which are kept.

No process with a window or a queue imports plugin code; it reads these answers instead. The bundled plugins are
described in one process, each stranger's distribution in one of its own. An answer is kept by what it depends on, so an
upgraded or edited plugin is asked again at the next look; that one hangs or ends its process is an answer too.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from studio.core.errors import PluginError, SettingsError, WorkspaceError
from studio.hooks import child
from studio.hooks.catalogue import Catalogue, CataloguePlugin, row_without_code
from studio.hooks.found import BUNDLED, PluginRow, find_plugins
from studio.store.atomic import write_bytes
from studio.store.inside import read_own
from studio.store.place import catalogue_folder
from studio.store.plugin_folder import folder_name
from studio.store.switches import plugins_off
from studio.store.workspace import Workspace
from studio.version import VERSION

__all__ = ["installed_plugins", "read_catalogue", "validate_settings"]

# Of the files; one of another format is made again.
_FORMAT = 3
_MOST_SOURCES = 20_000
_AT_ONCE = 4


def installed_plugins(workspace: Workspace, again: bool = False) -> Catalogue:
    """The catalogue of a workspace; some seconds where answers are not kept, so a window calls it in a thread.

    Args:
        workspace: The workspace, which says what is turned off.
        again: Ask those again that could not be used.

    Raises:
        StudioError: If it cannot be had.
    """
    return read_catalogue(off=plugins_off(workspace.path), again=again)


def read_catalogue(
    bundled_only: bool = False, off: Collection[str] = (), again: bool = False, ask: bool = True
) -> Catalogue:
    """The catalogue, from kept answers or from child processes.

    Args:
        bundled_only: The bundled plugins only, as in safe mode.
        off: Names of plugins that are not to be imported.
        again: Ask those again that could not be used.
        ask: Whether strangers are asked whose answers are not kept; else nothing of theirs is imported, and what such a
            plugin says of itself in its static manifest is its row's reason.

    Raises:
        PluginError: If the bundled plugins' process does not answer.
    """
    rows = find_plugins(bundled_only, off)
    ours = _answer(BUNDLED, [row for row in rows if row.bundled], again, True)
    strangers: dict[str, list[PluginRow]] = {}
    for row in rows:
        if not row.bundled:
            strangers.setdefault(row.distribution, []).append(row)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(lambda name: _stranger(name, strangers[name], again, ask), strangers))
    answered = [*ours["plugins"], *(plugin for answer in answers for plugin in answer)]
    described = {(plugin.name, plugin.distribution): plugin for plugin in answered}
    owners: dict[str, str] = {}
    plugins = []
    for row in rows:
        plugin = described.get((row.name, row.distribution))
        known = row_without_code(row)
        # A card may have been made since it was asked.
        plugin = known if plugin is None or row.entry is None else plugin.model_copy(update={"card": known.card})
        taken = next((family.id for family in plugin.families if family.id in owners), None)
        if taken is not None:
            # Whatever else it brings: half a plugin would be a riddle.
            plugin = plugin.without(f"It declares the family '{taken}', which {owners[taken]} has already.")
        owners.update({family.id: plugin.distribution for family in plugin.families})
        plugins.append(plugin)
    return Catalogue(plugins=tuple(plugins), train_schema=ours["train_schema"])


def _stranger(distribution: str, rows: Sequence[PluginRow], again: bool, ask: bool) -> Sequence[CataloguePlugin]:
    """What the process of one distribution answers, or why it does not."""
    if all(row.entry is None for row in rows):
        return [row_without_code(row) for row in rows]
    try:
        return list(_answer(distribution, rows, again, ask)["plugins"])
    except PluginError as error:
        return [row_without_code(row).without(str(error)) for row in rows]


def _answer(distribution: str, rows: Sequence[PluginRow], again: bool, ask: bool) -> dict[str, Any]:
    """The answer of a distribution's process: its plugins, and the schema of the studio's own settings.

    Raises:
        PluginError: If the process hangs or dies; kept like any other answer.
    """
    # A name of its own, whatever characters are in the distribution's.
    cache = catalogue_folder() / f"{hashlib.sha256(folder_name(distribution).encode()).hexdigest()[:32]}.json"
    key = _fingerprint(rows)
    kept = _read_kept(cache, key)
    if kept is not None and not (again and _failed(kept)):
        return _checked(kept)
    try:
        if not ask:
            return {"plugins": [_unasked(row) for row in rows], "train_schema": {}}
        answer = dict(child.ask(["--distribution", distribution]))
    except PluginError as error:
        answer = {"failed": str(error)}
    except (TypeError, ValueError):
        answer = {"failed": "It answers with something else than a catalogue."}
    with suppress(OSError):
        cache.parent.mkdir(parents=True, exist_ok=True)
        document = {"format": _FORMAT, "key": key, "answer": answer}
        write_bytes(cache, json.dumps(document).encode(), durable=False)
    return _checked(answer)


def _unasked(row: PluginRow) -> CataloguePlugin:
    static, plugin = row.static, row_without_code(row)
    says = f" It says that it brings {', '.join(static.families)}." if static.families else ""
    return plugin if plugin.reason else plugin.without(f"It was not looked at yet.{says}")


def _read_kept(cache: Path, key: str) -> dict[str, Any] | None:
    """The kept answer, None where there is none; a link or a pipe in its place counts for nothing."""
    with suppress(OSError, WorkspaceError, ValueError, KeyError, TypeError, PluginError, RecursionError):
        kept = json.loads(read_own(cache, 2 * child.MOST_BYTES) or b"")
        if kept["format"] == _FORMAT and kept["key"] == key and isinstance(kept["answer"], dict):
            if "failed" not in kept["answer"]:
                _checked(kept["answer"])
            return dict(kept["answer"])
    return None


def _failed(answer: dict[str, Any]) -> bool:
    return "failed" in answer or any(plugin["reason"] for plugin in answer["plugins"])


def _checked(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer with its plugins read.

    Raises:
        PluginError: If it says why there is none, or is no catalogue.
    """
    if "failed" in answer:
        raise PluginError(str(answer["failed"])[:1000])
    try:
        plugins = [CataloguePlugin.model_validate(plugin) for plugin in answer["plugins"]]
        return {"plugins": plugins, "train_schema": dict(answer["train_schema"])}
    except (ValueError, KeyError, TypeError):
        raise PluginError("It answers with something else than a catalogue.") from None


def _fingerprint(rows: Sequence[PluginRow]) -> str:
    """What an answer depends on: versions, what was approved, and the newest source of each package elsewhere."""
    parts = [VERSION, sys.version, sys.executable]
    for row in rows:
        value = row.entry.value if row.entry is not None else ""
        state = row.installation.lock.digest if row.installation is not None else _newest(row.packages)
        parts.append(f"{row.name}={value} {row.distribution} {row.version} {state} {row.entry is None}")
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()


def _newest(packages: Sequence[Path]) -> str:
    """Number, sizes and newest time of the sources of a package."""
    newest = count = size = 0
    for package in packages:
        for path in [package] if package.is_file() else package.rglob("*"):
            if path.suffix in (".py", ".json") and count < _MOST_SOURCES:
                with suppress(OSError):
                    found = path.stat()
                    newest, count, size = max(newest, found.st_mtime_ns), count + 1, size + found.st_size
    return f"{count} {size} {newest}"


def validate_settings(family: str, distribution: str, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Let the family's own settings class judge values, in a child process.

    Args:
        family: The family's id.
        distribution: The distribution that brings it.
        values: Values by key; those of the studio's own settings begin with ``train.``.

    Returns:
        The studio's and the family's settings, with every default filled in.

    Raises:
        SettingsError: One sentence on what is wrong.
        PluginError: If the family is not there.
    """
    answer = child.ask(["--distribution", distribution, "--validate", family], json.dumps(values))
    try:
        if answer["kind"] == "SettingsError":
            raise SettingsError(answer["message"], answer["fields"])
        if answer["kind"]:
            raise PluginError(answer["message"])
        return dict(answer["train"]), dict(answer["settings"])
    except (TypeError, ValueError, KeyError):
        raise PluginError(f"The package '{distribution}' answers with something else than settings.") from None
