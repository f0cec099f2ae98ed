"""Writes a new plugin from the template: a package that is installed, trained and checked as it stands."""

from __future__ import annotations

import importlib.util
import keyword
import os
import re
import sys
from pathlib import Path

from studio.core.errors import PluginError
from studio.core.resources import resource
from studio.core.words import path_text
from studio.hooks.found import every_plugin
from studio.store.atomic import new_folder

__all__ = ["write_plugin"]

_TEMPLATE = "plugin_template"
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_LONGEST = 40


def write_plugin(name: str, folder: Path) -> list[Path]:
    """Write a plugin, whole or not at all.

    Args:
        name: Its name, such as ``my-plugin``; the package and the family are called ``my_plugin``.
        folder: Where to; must not be there yet.

    Returns:
        Its files.

    Raises:
        PluginError: If the name cannot be used, or the folder is there or cannot be made.
    """
    package = _check_name(name)
    if os.path.lexists(folder):
        raise PluginError(f"{path_text(folder)} is there already; choose another folder with -o.")
    if not folder.absolute().parent.is_dir():
        raise PluginError(f"There is no folder {path_text(folder.absolute().parent)}; make it first.")
    words = package.split("_")
    names = {
        "my-plugin": name.replace("_", "-"),
        "my_plugin": package,
        "MyPlugin": "".join(word.capitalize() for word in words),
        "My plugin": " ".join(words).capitalize(),
    }
    template = resource(_TEMPLATE)
    written = []
    with new_folder(folder.absolute()) as unfinished:
        for path in sorted(template.rglob("*")):
            relative = path.relative_to(template)
            if path.is_dir() or "__pycache__" in relative.parts:
                continue
            target = Path(*(names.get(part, part) for part in relative.parts))
            text = path.read_text(encoding="utf-8")
            for word, new in names.items():
                text = text.replace(word, new)
            (unfinished / target).parent.mkdir(parents=True, exist_ok=True)
            (unfinished / target).write_text(text, encoding="utf-8")
            written.append(folder / target)
    return written


def _check_name(name: str) -> str:
    """The name of the package for a plugin's name.

    Raises:
        PluginError: If it cannot be used.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise PluginError(
            f"'{name}' is no name for a plugin: use up to {_LONGEST} lower case letters, digits and single - between "
            "them, beginning with a letter, such as my-plugin."
        )
    package = name.replace("-", "_")
    if keyword.iskeyword(package) or package in sys.stdlib_module_names or importlib.util.find_spec(package):
        raise PluginError(f"Python has a module called '{package}' already; choose another name.")
    if any(package in (row.name, *row.static.families) for row in every_plugin()):
        raise PluginError(f"There is a plugin '{package}' already; choose another name.")
    return package
