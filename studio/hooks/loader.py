"""Loads plugins one at a time, each in its own try: a broken one is a row with its reason, never a failure.

pluggy's own loader stops at the first plugin that fails to import, and registers misspelt hooks silently; here each of
these is a sentence beside the plugin's name.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeVar

import pluggy

from studio.core.errors import PluginError, explain
from studio.core.extension import Extension, ObservedRun
from studio.core.spec import API_VERSION, Family
from studio.hooks.declaration import check_hooks, read_declaration
from studio.hooks.found import BUNDLED, PluginRow, find_plugins, refuse_left_out, use_site
from studio.hooks.hookspecs import PROJECT, StudioHooks
from studio.hooks.static import refuse_api

__all__ = ["LoadedFamily", "LoadedPlugin", "load_extension", "load_family", "load_plugin", "load_row"]

E = TypeVar("E", bound=Extension)
ABILITIES = {
    "studio_encode": "encode",
    "studio_decode": "decode",
    "studio_log_prob": "log_prob",
    "studio_discriminate": "discriminate",
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
    extensions: tuple[Extension, ...] = ()

    @property
    def observes(self) -> bool:
        """Whether it watches runs."""
        return bool(self.manager.hook.studio_observe.get_hookimpls())

    def observer(self, run: ObservedRun) -> object:
        """The object that watches a run."""
        return _call(self.manager, "studio_observe", self.name, run=run)

    def extension(self, kind: type[E], id: str) -> E:
        """One of what it brings beside families.

        Raises:
            PluginError: If it brings no such one.
        """
        for each in self.extensions:
            if isinstance(each, kind) and each.id == id:
                return each
        raise PluginError(f"The plugin '{self.name}' brings no {kind.__name__} '{id}'.")

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
    check_hooks(plugin, name)
    refuse_api(getattr(plugin, "api", (API_VERSION, API_VERSION)), name)
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(StudioHooks)
    try:
        manager.register(plugin, name=name)
    except (pluggy.PluginValidationError, ValueError) as error:
        raise PluginError(f"A hook of the plugin '{name}' cannot be called: {explain(error)}") from None
    declared = read_declaration(
        name, lambda hook: bool(getattr(manager.hook, hook).get_hookimpls()), lambda hook: _call(manager, hook, name)
    )
    return LoadedPlugin(name, distribution, version, manager, declared.families, declared.extensions)


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


def load_extension(kind: type[E], distribution: str, id: str, off: Collection[str] = ()) -> E:
    """Load what a distribution brings beside families; others are not imported.

    Args:
        kind: What it is.
        distribution: The distribution that brings it.
        id: Its id.
        off: Names of plugins that the person turned off.

    Raises:
        PluginError: If it does not bring it, or is broken.
    """
    refuse_left_out(f"The {kind.__name__} '{id}'", distribution)
    rows = [row for row in find_plugins(off=off) if row.distribution == distribution]
    for row in rows:
        for each in load_row(row).extensions:
            if isinstance(each, kind) and each.id == id:
                return each
    where = f"The package '{distribution}'"
    if not rows:
        raise PluginError(f"{where} is not installed; install it with 'studio plugins install {distribution}'.")
    raise PluginError(f"{where} brings no {kind.__name__} '{id}'.")


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
    refuse_left_out(f"The family '{family}'", distribution)
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
