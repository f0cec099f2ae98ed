"""Loads plugins one at a time, each in its own try: a broken one is a row with its reason, never a failure.

pluggy's own loader stops at the first plugin that fails to import, registers misspelt hooks silently, and lets two
plugins answer for one family; here each of these is a sentence beside the plugin's name.
"""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pluggy

from studio.core.errors import PluginError, explain
from studio.core.settings import FamilySettings
from studio.core.spec import API_VERSION, Family, Preset
from studio.hooks.hookspecs import PROJECT, StudioHooks

__all__ = [
    "BUNDLED",
    "LoadedFamily",
    "LoadedPlugin",
    "PluginRow",
    "find_plugins",
    "load_family",
    "load_plugin",
    "load_rows",
]

BUNDLED = "generative-studio"
_NEEDED = ("studio_families", "studio_train", "studio_sample")
ABILITIES = {
    "studio_encode": "encode",
    "studio_decode": "decode",
    "studio_log_prob": "log_prob",
    "studio_diagnose": "diagnose",
}


@dataclass
class LoadedPlugin:
    """A plugin that keeps the contract, in a manager of its own."""

    name: str
    distribution: str
    version: str
    manager: pluggy.PluginManager
    families: tuple[Family, ...]

    @property
    def abilities(self) -> tuple[str, ...]:
        """What it can do beside training and sampling; an ability exists because its hook does."""
        hooks = self.manager.hook
        return tuple(word for name, word in ABILITIES.items() if getattr(hooks, name).get_hookimpls())

    def family(self, id: str) -> LoadedFamily | None:
        """One of its families with its hooks; None where it declares no such one."""
        return next((LoadedFamily(self, family) for family in self.families if family.id == id), None)


@dataclass(frozen=True)
class LoadedFamily:
    """One family, and the plugin whose hooks train and sample it."""

    plugin: LoadedPlugin
    declared: Family

    def call(self, hook: str, **arguments: Any) -> Any:
        """Call a hook that exactly one plugin must answer; its argument says which family is meant.

        Raises:
            PluginError: If none or several implement it; what a hook raises goes up unchanged.
        """
        return _call(self.plugin.manager, hook, self.plugin.name, **arguments)


@dataclass
class PluginRow:
    """One installed plugin: loaded, or the reason why not."""

    name: str
    distribution: str
    version: str
    bundled: bool
    plugin: LoadedPlugin | None = None
    reason: str = ""
    off: bool = False
    entry: importlib.metadata.EntryPoint | None = field(default=None, repr=False)


def find_plugins(safe_mode: bool = False, off: Collection[str] = ()) -> list[PluginRow]:
    """List the installed plugins without importing any.

    Args:
        safe_mode: The bundled ones only.
        off: Names of plugins that the person turned off; nothing of them is going to be imported.
    """
    unique: dict[tuple[str, str], PluginRow] = {}
    for installed in importlib.metadata.distributions():
        try:
            entries = [entry for entry in installed.entry_points if entry.group == PROJECT]
            if not entries:
                continue
            distribution, version = str(installed.metadata["Name"] or ""), str(installed.version or "")
        except Exception as error:
            if "[studio]" in (installed.read_text("entry_points.txt") or "") and not safe_mode:
                name = Path(str(getattr(installed, "_path", "unknown"))).stem
                unique[name, name] = PluginRow(name, name, "", False, reason=f"Broken metadata: {explain(error)}")
            continue
        bundled = distribution.lower().replace("_", "-") == BUNDLED
        for entry in entries:
            if bundled or not safe_mode:
                # Of a distribution that is found twice the first counts, as for imports.
                row = PluginRow(entry.name, distribution, version, bundled, entry=entry)
                if row.name in off:
                    row.off, row.entry, row.reason = True, None, "It is turned off."
                unique.setdefault((row.name, row.distribution), row)
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
    families = _call(manager, "studio_families", name)
    if not isinstance(families, list):
        raise PluginError(f"The plugin '{name}' answers studio_families with {type(families).__name__}, not a list.")
    if not families:
        raise PluginError(f"The plugin '{name}' declares no family: studio_families gives an empty list.")
    seen: set[str] = set()
    for family in families:
        _check_family(family, name)
        if family.id in seen:
            raise PluginError(f"The plugin '{name}' declares the family '{family.id}' twice.")
        seen.add(family.id)
    return LoadedPlugin(name, distribution, version, manager, tuple(families))


def _check_family(family: object, name: str) -> None:
    """Check one element of what the plugin of a name declares.

    Raises:
        PluginError: If the declaration is not sound.
    """
    if not isinstance(family, Family):
        raise PluginError(f"The plugin '{name}' has {type(family).__name__} among its families, which is no Family.")
    if family.api_version != API_VERSION:
        raise PluginError(
            f"The plugin '{name}' was written for version {family.api_version} of the plugin contract, this studio has "
            f"version {API_VERSION}; install a matching release."
        )
    if not isinstance(family.settings, type) or not issubclass(family.settings, FamilySettings):
        raise PluginError(f"The settings of the plugin '{name}' are not a subclass of FamilySettings.")
    if not isinstance(family.id, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", family.id):
        raise PluginError(f"The plugin '{name}' calls its family {family.id!r}: use lower case letters, digits and _.")
    if not isinstance(family.presets, tuple | list) or not all(isinstance(each, Preset) for each in family.presets):
        raise PluginError(f"The presets of the family '{family.id}' of the plugin '{name}' are not a tuple of Preset.")


def _call(manager: pluggy.PluginManager, hook: str, name: str, **arguments: Any) -> Any:
    caller = getattr(manager.hook, hook)
    answering = [impl for impl in caller.get_hookimpls() if not impl.wrapper and not impl.hookwrapper]
    if len(answering) != 1:
        raise PluginError(f"{hook} of '{name}' has {len(answering)} implementations; exactly one must answer.")
    return caller(**arguments)


def _load(row: PluginRow) -> None:
    if row.entry is None:
        return
    try:
        row.plugin = load_plugin(row.entry.load(), row.name, row.distribution, row.version)
    except PluginError as error:
        row.reason = explain(error)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        row.reason = f"It cannot be imported: {explain(error)}"


def load_rows(rows: Iterable[PluginRow]) -> list[PluginRow]:
    """Load each plugin in its own try; of two with one family id the later is refused, whatever else it brings."""
    done: list[PluginRow] = []
    owners: dict[str, PluginRow] = {}
    for row in rows:
        _load(row)
        if row.plugin is not None:
            taken = next((family.id for family in row.plugin.families if family.id in owners), None)
            if taken is None:
                owners.update({family.id: row for family in row.plugin.families})
            else:
                row.reason = f"It declares the family '{taken}', which {owners[taken].distribution} has already."
                row.plugin = None
        done.append(row)
    return done


def load_family(family: str, distribution: str = "", off: Collection[str] = ()) -> LoadedFamily:
    """Load the one plugin that brings a family; others are not imported unless their entry point has another name.

    Args:
        family: The family's id.
        distribution: The distribution that must bring it; empty for any.
        off: Names of plugins that the person turned off.

    Raises:
        PluginError: If no plugin brings it, or the one that does is broken.
    """
    rows = [row for row in find_plugins(off=off) if not distribution or row.distribution == distribution]
    rows.sort(key=lambda row: row.name != family)
    reasons = []
    for row in rows:
        _load(row)
        found = row.plugin.family(family) if row.plugin is not None else None
        if found is not None:
            return found
        if row.reason and row.name == family:
            reasons.append(f"The plugin '{row.name}' cannot be used: {row.reason}")
    if reasons:
        raise PluginError(reasons[0])
    if distribution and not rows:
        raise PluginError(
            f"The family '{family}' comes with the package '{distribution}', which is not installed; install it again."
        )
    known = ", ".join(family.id for row in rows if row.plugin is not None for family in row.plugin.families)
    raise PluginError(f"No installed plugin brings the family '{family}'; there are {known or 'none'}.")
