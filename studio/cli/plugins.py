"""The verbs ``studio plugins list | enable | disable``; see also ``plugin_install`` and ``plugin_new``."""

from __future__ import annotations

import argparse
from typing import Any

from studio.cli import plugin_install, plugin_new
from studio.cli.terminal import Terminal
from studio.core.errors import PluginError
from studio.hooks.catalogue import CataloguePlugin
from studio.hooks.found import every_plugin
from studio.hooks.install.folder import approve
from studio.hooks.installed import read_catalogue
from studio.store.switches import plugins_off, switch_plugin
from studio.store.workspace import Workspace

_WORDS = {
    "Reader": "reader",
    "ItemTransform": "transform",
    "ItemCodec": "codec",
    "Features": "features",
    "Metric": "metric",
}
__all__ = ["add_verbs", "contents_of"]


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs to the parser."""
    help = "plugins: list, install, update, remove, enable, disable, check, new, export, import"
    group = verbs.add_parser("plugins", help=help).add_subparsers(metavar="VERB", required=True)
    plugin_install.add_verbs(group, common)
    plugin_new.add_verbs(group, common)
    verb = group.add_parser("list", parents=[common], help="list what is installed, and what could not be loaded")
    verb.set_defaults(action=_list)
    for name, help in (("enable", "turn a plugin on again"), ("disable", "turn a plugin off in this workspace")):
        verb = group.add_parser(name, parents=[common], help=help)
        verb.add_argument("plugin", metavar="PLUGIN", help="its name in the list")
        verb.set_defaults(action=_switch, on=name == "enable")


def contents_of(plugin: CataloguePlugin) -> str:
    """What a plugin brings, such as ``family vae`` or ``reader notes, observer``."""
    ids = ", ".join(family.id for family in plugin.families)
    families = [f"{'family' if len(plugin.families) == 1 else 'families'} {ids}"] if plugin.families else []
    others = [f"{_WORDS[each.kind]} {each.id}" for each in plugin.extensions]
    return ", ".join([*families, *others, *(["observer"] if plugin.observes else [])])


def _list(options: argparse.Namespace, terminal: Terminal) -> None:
    catalogue = read_catalogue(off=plugins_off(options.workspace), ask=False)
    rows = [
        [
            plugin.name,
            f"{plugin.distribution} {plugin.version}",
            "off" if plugin.off else "bundled" if plugin.bundled else "installed",
            contents_of(plugin) if plugin.works else f"cannot be used: {plugin.reason}",
        ]
        for plugin in catalogue.plugins
    ]
    document = {"plugins": [plugin.model_dump(mode="json") for plugin in catalogue.plugins]}
    terminal.result(document, terminal.table(["NAME", "PACKAGE", "", ""], rows))


def _switch(options: argparse.Namespace, terminal: Terminal) -> None:
    workspace = Workspace(options.workspace)
    rows = every_plugin()
    named = {row.name for row in rows if options.plugin in (row.name, row.distribution)}
    if not named:
        names = ", ".join(row.name for row in rows)
        raise PluginError(f"There is no plugin '{options.plugin}'; installed are {names}.")
    own = {row.distribution for row in rows if row.name in named and row.installation is not None and not row.off}
    for distribution in own if options.on else ():
        # Whoever turns it on has seen what it is: its files as they are now are what is approved.
        approve(distribution)
    for name in sorted(named):
        switch_plugin(workspace.path, name, options.on)
    if options.on:
        # Looks at it once, for whoever lists the plugins next.
        read_catalogue(off=plugins_off(workspace.path))
    word = "on" if options.on else "off"
    terminal.result({"plugin": options.plugin, "on": options.on}, f"The plugin '{options.plugin}' is {word}.")
