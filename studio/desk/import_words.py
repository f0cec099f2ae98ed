"""Puts the facts of a data set into words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from studio.core.words import number_of, one_line

__all__ = ["added", "stage_text", "unique_name"]

_STAGES = {"looking": "Looking", "reading": "Reading headers", "decoding": "Decoding"}


def stage_text(stage: str) -> str:
    """A stage of the importer for people."""
    return _STAGES.get(stage, stage)


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
