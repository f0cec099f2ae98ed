"""The verb ``studio plugins list``."""

from __future__ import annotations

import argparse
from typing import Any

from studio.cli.terminal import Terminal
from studio.hooks.catalogue import read_catalogue

__all__ = ["add_verbs"]


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs to the parser."""
    group = verbs.add_parser("plugins", help="plugins: list").add_subparsers(metavar="VERB", required=True)
    verb = group.add_parser("list", parents=[common], help="list what is installed, and what could not be loaded")
    verb.add_argument("--safe-mode", action="store_true", help="the bundled plugins only")
    verb.set_defaults(action=_list)


def _list(options: argparse.Namespace, terminal: Terminal) -> None:
    catalogue = read_catalogue(None, options.safe_mode)
    rows = [
        [
            plugin.name,
            f"{plugin.distribution} {plugin.version}",
            "bundled" if plugin.bundled else "installed",
            f"family {plugin.family.id}" if plugin.family is not None else f"cannot be used: {plugin.reason}",
        ]
        for plugin in catalogue.plugins
    ]
    document = {"plugins": [plugin.model_dump(mode="json") for plugin in catalogue.plugins]}
    terminal.result(document, terminal.table(["NAME", "PACKAGE", "", ""], rows))
