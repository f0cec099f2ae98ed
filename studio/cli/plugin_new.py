"""The verb ``studio plugins new``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from studio.cli.terminal import Terminal
from studio.core.words import path_text
from studio.hooks.new_plugin import write_plugin

__all__ = ["add_verbs"]


def add_verbs(group: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the group ``plugins``."""
    verb = group.add_parser("new", parents=[common], help="write a new plugin that works as it stands")
    verb.add_argument("name", metavar="NAME", help="such as my-plugin")
    verb.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="the folder to make; by default NAME")
    verb.set_defaults(action=_new)


def _new(options: argparse.Namespace, terminal: Terminal) -> None:
    folder = options.output or Path(options.name)
    files = write_plugin(options.name, folder)
    document = {"plugin": options.name, "folder": str(folder.absolute()), "files": [str(file) for file in files]}
    where = path_text(folder)
    terminal.result(
        document, f"{where} is a plugin that trains as it stands; 'studio plugins install {where}' tries it out."
    )
