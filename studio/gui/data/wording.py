"""This file puts the facts of a data set into words."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

__all__ = [
    "added",
    "breakable",
    "item_size",
    "number_of",
    "one_line",
    "path_text",
    "readable_bytes",
    "stage_text",
    "unique_name",
]

_STAGES = {"looking": "Looking", "reading": "Reading headers", "decoding": "Decoding"}


def stage_text(stage: str) -> str:
    """A stage of the importer for people."""
    return _STAGES.get(stage, stage)


def one_line(text: str) -> str:
    """Foreign text for one line: breaks become blanks, what no font can show is shown by its code."""
    return " ".join(text.encode("utf-8", "backslashreplace").decode().split())


def breakable(text: str) -> str:
    """Foreign text for a label that wraps: words too long for a line may break, so that they cannot widen a window."""
    return re.sub(r"([^\s/]{60})(?=[^\s/])", "\\1\u200b", one_line(text))


def path_text(path: str | os.PathLike[str]) -> str:
    """A path for people, also one whose name is not UTF-8."""
    return one_line(os.fspath(path))


def readable_bytes(count: float) -> str:
    """A number of bytes, such as ``1.5 MB``, in powers of 1000."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def number_of(count: int, what: str) -> str:
    """A count with its noun, such as ``1 item`` or ``12,403 items``."""
    ending = "es" if what.endswith("s") else "s"
    return f"{count:,} {what}{'' if count == 1 else ending}"


def item_size(shape: Sequence[int]) -> str:
    """Size and channels of an image of shape (H, W, C)."""
    height, width, channels = shape
    return f"{width} x {height} {'grey' if channels == 1 else 'colour'}"


def added(done: Mapping[str, Any]) -> str:
    """What an import did, from its last event."""
    text = f"Added {number_of(done['items'], 'item')} as '{one_line(done['name'])}'"
    if done["rejected"]:
        text += f"; {done['rejected']:,} {'was' if done['rejected'] == 1 else 'were'} refused"
    return text + "."


def unique_name(name: str, taken: Collection[str]) -> str:
    """The name, with a number behind it where it is taken."""
    number = 2
    unique = name
    while unique in taken:
        unique = f"{name} {number}"
        number += 1
    return unique
