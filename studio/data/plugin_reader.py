"""Reads files of a plugin's format: in a process of its own, which leaves plain arrays for the importer."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import DataError, PluginError
from studio.data.array_file import open_arrays
from studio.data.source import Arrays, name_of
from studio.data.tree import printable
from studio.hooks.child import ask
from studio.hooks.installed import read_catalogue
from studio.store.switches import plugins_off

__all__ = ["ReaderChoice", "choose_reader", "read_by_plugin", "reader_choices"]

_LONGEST_S = 3600.0


@dataclass(frozen=True)
class ReaderChoice:
    """A reader of an installed plugin: the distribution that brings it, its id, and its title."""

    distribution: str
    id: str
    title: str


def reader_choices(workspace: Path) -> Mapping[str, ReaderChoice]:
    """The readers of the plugins that are on, by the endings that they read; of two the first counts."""
    found: dict[str, ReaderChoice] = {}
    for plugin, reader in read_catalogue(off=plugins_off(workspace)).extensions("Reader"):
        for suffix in reader.suffixes:
            found.setdefault(suffix, ReaderChoice(plugin.distribution, reader.id, reader.title))
    return found


def choose_reader(
    paths: tuple[str, ...], known: Callable[[Path], bool], choices: Callable[[], Mapping[str, ReaderChoice]]
) -> ReaderChoice | None:
    """The plugin's reader that the one file of an import needs; None where the studio reads it itself.

    Args:
        paths: What the person gave.
        known: Whether the studio reads a file itself.
        choices: Asks for the readers of plugins; not called where the studio reads it.
    """
    if len(paths) != 1 or not os.path.isfile(paths[0]) or known(Path(paths[0])):
        return None
    name = os.path.basename(paths[0]).lower()
    found = [(suffix, choice) for suffix, choice in choices().items() if name.endswith(suffix)]
    return max(found, key=lambda each: len(each[0]))[1] if found else None


@contextmanager
def read_by_plugin(path: Path, choice: ReaderChoice) -> Iterator[Arrays]:
    """The items of a file as a plugin reads them, for as long as the block lasts.

    Raises:
        DataError: If it cannot read it, ends its process, hangs, or gives no items.
    """
    shown = printable(path.name)
    with tempfile.TemporaryDirectory(prefix="studio-read-") as folder:
        out = Path(folder) / "items.npz"
        words = ["--distribution", choice.distribution, "--read", choice.id, str(path), str(out)]
        try:
            answer = ask(words, timeout_s=_LONGEST_S)
            refused = [(str(where), str(why)) for where, why in answer["refused"]]
            failed, licence = str(answer["failed"]), str(answer["licence"])
        except PluginError as error:
            raise DataError(f"{shown} was not read by '{choice.title}' of {choice.distribution}: {error}") from None
        except (KeyError, TypeError, ValueError):
            raise DataError(f"'{choice.title}' of {choice.distribution} gave no items of {shown}.") from None
        if failed:
            raise DataError(f"'{choice.title}' of {choice.distribution} cannot read {shown}: {failed}")
        yield Arrays(name_of(path.with_suffix("")), open_arrays(out), licence, refused)
