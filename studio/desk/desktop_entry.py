"""Adds the studio to the menu of a Linux desktop: an entry and an icon among the person's own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from studio.core.resources import resource
from studio.store.atomic import write_bytes

__all__ = ["add_desktop_entry", "desktop_entry"]


def desktop_entry(program: Path) -> str:
    """The text of the entry.

    Args:
        program: The command ``studio`` that it starts.
    """
    # Inside double quotes these four are escaped (Desktop Entry Specification 1.5, the Exec key), and % is doubled.
    text = str(program)
    for mark in ("\\", '"', "`", "$"):
        text = text.replace(mark, f"\\{mark}")
    return resource("generative-studio.desktop").read_text(encoding="utf-8").replace("@EXEC@", text.replace("%", "%%"))


def add_desktop_entry() -> Path:
    """Write the entry and the icon; returns the entry.

    Raises:
        OSError: If they cannot be written.
    """
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    icon = data / "icons" / "hicolor" / "scalable" / "apps" / "generative-studio.svg"
    entry = data / "applications" / "generative-studio.desktop"
    for path in (icon, entry):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(icon, resource("icons/studio.svg").read_bytes())
    write_bytes(entry, desktop_entry(Path(sys.executable).with_name("studio")).encode())
    return entry
