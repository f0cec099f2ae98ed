"""Loads plugins one at a time, each in its own try: a broken one is a row with its reason, never a failure.

pluggy's own loader stops at the first plugin that fails to import, and registers misspelt hooks silently; here each of
these is a sentence beside the plugin's name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pluggy

from studio.core.errors import PluginError, explain
from studio.core.settings import FamilySettings
from studio.core.spec import API_VERSION, Family, Preset
from studio.hooks.found import BUNDLED, PluginRow, find_plugins, use_site
from studio.hooks.hookspecs import PROJECT, StudioHooks
from studio.hooks.static import refuse_api

__all__ = ["LoadedFamily", "LoadedPlugin", "load_family", "load_plugin", "load_row"]

_NEEDED = ("studio_train", "studio_sample")
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
    def object(self) -> object:
        """The plugin itself."""
        return self.manager.get_plugin(self.name)

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


def load_plugin(plugin: object, name: str, distribution: str = "", version: str = "") -> LoadedPlugin:
    """Take a plugin object into a manager of its own and check that it keeps the contract.

    Raises:
        PluginError: If a hook is missing, misspelt or fails, or the declaration is not sound.
    """
    _check_hooks(plugin, name)
    refuse_api(getattr(plugin, "api", (API_VERSION, API_VERSION)), name)
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(StudioHooks)
    try:
        manager.register(plugin, name=name)
    except (pluggy.PluginValidationError, ValueError) as error:
        raise PluginError(f"A hook of the plugin '{name}' cannot be called: {explain(error)}") from None
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


def _check_hooks(plugin: object, name: str) -> None:
    """Check that every hook of a plugin is one that the studio calls.

    Raises:
        PluginError: If it is a class, a name is misspelt, or a hook is not marked as one.
    """
    if isinstance(plugin, type):
        raise PluginError(
            f"The plugin '{name}' is the class {plugin.__name__}, not an object of it: let its entry point name "
            f"plugin = {plugin.__name__}()."
        )
    known = [hook for hook in vars(StudioHooks) if hook.startswith("studio_")]
    # pluggy marks what it calls with an attribute of the project's name.
    mark = f"{PROJECT}_impl"
    for hook in dir(plugin):
        method = getattr(plugin, hook, None)
        marked = hasattr(method, mark)
        if not callable(method) or not (marked or hook.startswith("studio_")):
            continue
        if hook not in known:
            near = difflib.get_close_matches(hook, known, n=1)
            advice = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}."
            raise PluginError(f"The plugin '{name}' has the hook {hook}, which the studio does not know; {advice}")
        if not marked:
            raise PluginError(f"{hook} of the plugin '{name}' is never called: put @hookimpl of studio.api above it.")


def _check_family(family: object, name: str) -> None:
    """Check one element of what the plugin of a name declares.

    Raises:
        PluginError: If the declaration is not sound.
    """
    if not isinstance(family, Family):
        raise PluginError(f"The plugin '{name}' has {type(family).__name__} among its families, which is no Family.")
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


def load_row(row: PluginRow) -> LoadedPlugin:
    """Import a plugin into this process.

    Raises:
        PluginError: One sentence on why it cannot be used, whatever it did.
    """
    if row.entry is None:
        raise PluginError(row.reason)
    use_site(row)
    try:
        return load_plugin(row.entry.load(), row.name, row.distribution, row.version)
    except (PluginError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise PluginError(f"It cannot be imported: {explain(error)}") from None


def load_family(family: str, distribution: str = "", off: Collection[str] = ()) -> LoadedFamily:
    """Load the one plugin that brings a family; those of other distributions are not imported.

    Args:
        family: The family's id.
        distribution: The distribution that brings it; empty for the studio's own.
        off: Names of plugins that the person turned off.

    Raises:
        PluginError: If it does not bring it, or is broken.
    """
    distribution = distribution or BUNDLED
    rows = [row for row in find_plugins(distribution == BUNDLED, off) if row.distribution == distribution]
    if not rows:
        raise PluginError(
            f"The family '{family}' comes with the package '{distribution}', which is not installed; install it with "
            f"'studio plugins install {distribution}'."
        )
    # One that says that it declares the family is asked alone, one that says nothing of families in its turn.
    rows = [row for row in rows if family in row.static.families] or [
        row for row in rows if row.name == family or not row.bundled
    ]
    known: list[str] = []
    for row in rows:
        try:
            plugin = load_row(row)
        except PluginError as error:
            raise PluginError(f"The plugin '{row.name}' cannot be used: {error}") from None
        found = plugin.family(family)
        if found is not None:
            return found
        known += [declared.id for declared in plugin.families]
    there = f"; it has {', '.join(known)}" if known else ""
    raise PluginError(f"The package '{distribution}' brings no family '{family}'{there}.")
