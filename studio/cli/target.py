"""Keeps commands from replacing files that a person has: only where that is asked for by ``--force``."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from pathlib import Path

from studio.core.errors import DataError, SettingsError

__all__ = ["add_force", "check_output", "refuse_existing"]


def add_force(verb: argparse.ArgumentParser) -> None:
    """Add the option that lets a verb replace files."""
    verb.add_argument("--force", action="store_true", help="replace files that are there already")


def refuse_existing(paths: Iterable[Path], force: bool) -> None:
    """Refuse to write where something is already.

    Args:
        paths: What would be written.
        force: Replace files all the same; a folder is never replaced.

    Raises:
        DataError: If one of them is there; none may be written then.
    """
    for path in paths:
        if path.is_dir():
            raise DataError(f"{path} is a folder; choose another name with -o.")
        if not force and os.path.lexists(path):
            raise DataError(f"{path} exists already; choose another place with -o, or replace it with --force.")


def check_output(path: Path | None, force: bool) -> None:
    """Refuse a file to write before the work for it begins.

    Args:
        path: The file; None for none.
        force: Replace it where it is there already.

    Raises:
        SettingsError: If it could not be written.
        DataError: If it is there, and is not to be replaced.
    """
    if path is None:
        return
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise SettingsError(f"{path} cannot be written; give a file in a folder that is there.")
    refuse_existing([path], force)
