"""This file loads plugins one at a time, each in its own try: a broken one is a row with its reason, never a failure.

pluggy's own loader stops at the first plugin that fails to import, registers misspelt hooks silently, and lets two
plugins answer for one family; here each of these is a sentence beside the plugin's name.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pluggy

from studio.core.errors import PluginError, explain
from studio.core.spec import API_VERSION, Family
from studio.hooks.hookspecs import PROJECT, StudioHooks

__all__ = ["BUNDLED", "LoadedPlugin", "PluginRow", "call", "find_plugins", "load_family", "load_plugin", "load_rows"]

BUNDLED = "generative-studio"
_NEEDED = ("studio_family", "studio_train", "studio_sample")
ABILITIES = {"studio_encode": "encode", "studio_decode": "decode", "studio_diagnose": "diagnose"}


@dataclass
class LoadedPlugin:
    """A plugin that keeps the contract, in a manager of its own."""

    name: str
    distribution: str
    version: str
    manager: pluggy.PluginManager
    family: Family

    @property
    def abilities(self) -> tuple[str, ...]:
        """What it can do beside training and sampling; an ability exists because its hook does."""
        hooks = self.manager.hook
        return tuple(word for name, word in ABILITIES.items() if getattr(hooks, name).get_hookimpls())


@dataclass
class PluginRow:
    """One installed plugin: loaded, or the reason why not."""

    name: str
    distribution: str
    version: str
    bundled: bool
    plugin: LoadedPlugin | None = None
    reason: str = ""
    entry: importlib.metadata.EntryPoint | None = field(default=None, repr=False)


def find_plugins(safe_mode: bool = False) -> list[PluginRow]:
    """List the installed plugins without importing any; in safe mode the bundled ones only."""
    rows = []
    for entry in importlib.metadata.entry_points(group=PROJECT):
        distribution = entry.dist.name if entry.dist is not None else ""
        version = entry.dist.version if entry.dist is not None else ""
        bundled = distribution.lower().replace("_", "-") == BUNDLED
        if bundled or not safe_mode:
            rows.append(PluginRow(entry.name, distribution, version, bundled, entry=entry))
    unique = {(row.name, row.distribution): row for row in rows}
    return sorted(unique.values(), key=lambda row: (not row.bundled, row.name))


def load_plugin(plugin: object, name: str, distribution: str = "", version: str = "") -> LoadedPlugin:
    """Take a plugin object into a manager of its own and check that it keeps the contract.

    Raises:
        PluginError: If a hook is missing, misspelt or fails, or the declaration is not sound.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(StudioHooks)
    try:
        manager.register(plugin, name=name)
        manager.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        raise PluginError(f"The plugin '{name}' declares a hook that the studio does not know: {error}.") from None
    for hook in _NEEDED:
        if not getattr(manager.hook, hook).get_hookimpls():
            raise PluginError(f"The plugin '{name}' has no hook {hook}, which every family needs.")
    family = call(manager, "studio_family", name)
    if not isinstance(family, Family):
        raise PluginError(f"The plugin '{name}' answers studio_family with {type(family).__name__}, not a Family.")
    if family.api_version != API_VERSION:
        raise PluginError(
            f"The plugin '{name}' was written for version {family.api_version} of the plugin contract, this studio has "
            f"version {API_VERSION}; install a matching release."
        )
    if not family.id.isidentifier() or family.id != family.id.lower():
        raise PluginError(f"The plugin '{name}' calls its family {family.id!r}: use lower case letters, digits and _.")
    return LoadedPlugin(name, distribution, version, manager, family)


def call(manager: pluggy.PluginManager, hook: str, name: str, **arguments: Any) -> Any:
    """Call a hook that exactly one plugin must answer.

    Raises:
        PluginError: If none or several implement it; what a hook raises goes up unchanged.
    """
    caller = getattr(manager.hook, hook)
    answering = [impl for impl in caller.get_hookimpls() if not impl.wrapper and not impl.hookwrapper]
    if len(answering) != 1:
        raise PluginError(f"{hook} of '{name}' has {len(answering)} implementations; exactly one must answer.")
    return caller(**arguments)


def _load(row: PluginRow) -> None:
    assert row.entry is not None
    try:
        row.plugin = load_plugin(row.entry.load(), row.name, row.distribution, row.version)
    except PluginError as error:
        row.reason = explain(error)
    except (Exception, SystemExit) as error:
        row.reason = f"It cannot be imported: {explain(error)}"


def load_rows(rows: Iterable[PluginRow]) -> list[PluginRow]:
    """Load each plugin in its own try; of two with one family id the later is refused."""
    done: list[PluginRow] = []
    owners: dict[str, str] = {}
    for row in rows:
        _load(row)
        if row.plugin is not None:
            owner = owners.setdefault(row.plugin.family.id, row.distribution)
            if owner != row.distribution:
                row.reason = f"It declares the family '{row.plugin.family.id}', which {owner} brings already."
                row.plugin = None
        done.append(row)
    return done


def load_family(family: str, distribution: str = "") -> LoadedPlugin:
    """Load the one plugin that brings a family; others are not imported unless their entry point has another name.

    Args:
        family: The family's id.
        distribution: The distribution that must bring it; empty for any.

    Raises:
        PluginError: If no plugin brings it, or the one that does is broken.
    """
    rows = [row for row in find_plugins() if not distribution or row.distribution == distribution]
    rows.sort(key=lambda row: row.name != family)
    reasons = []
    for row in rows:
        _load(row)
        if row.plugin is not None and row.plugin.family.id == family:
            return row.plugin
        if row.reason and row.name == family:
            reasons.append(f"The plugin '{row.name}' cannot be used: {row.reason}")
    if reasons:
        raise PluginError(reasons[0])
    known = ", ".join(row.plugin.family.id for row in rows if row.plugin is not None)
    raise PluginError(f"No installed plugin brings the family '{family}'; there are {known or 'none'}.")
