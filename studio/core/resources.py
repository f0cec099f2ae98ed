"""Finds the files that ship with the studio, in a checkout and in an installed wheel alike."""

from __future__ import annotations

from pathlib import Path

__all__ = ["resource"]


def resource(name: str) -> Path:
    """Path of a shipped file.

    Raises:
        FileNotFoundError: If the installation lacks it.
    """
    root = Path(__file__).resolve().parents[2]
    for folder in ("studio_resources", "resources"):
        path = root / folder / name
        if path.exists():
            return path
    raise FileNotFoundError(2, "the installation lacks a file; install the studio again", name)
