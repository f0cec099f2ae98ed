"""The field in which a person says what is known of the samples, and whose that is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from studio.core.manifest import Input
from studio.core.modality import DataSpec, TableSpec, TextSpec
from studio.gui.item.known_cells import KnownCells
from studio.gui.item.known_picture import KnownPicture
from studio.gui.item.known_text import KnownText

__all__ = ["KnownField", "known_field"]

KnownField = KnownPicture | KnownCells | KnownText


def known_field(spec: DataSpec | None, given: Input, complete: Callable[[Path], object]) -> KnownField | None:
    """The field for what a model takes as known; None where there is none.

    Args:
        spec: What its items have in common; a file that does not say so is taken to draw images.
        given: The input that holds what is known.
        complete: Told the picture that the person chooses.
    """
    match spec:
        case TableSpec():
            return KnownCells(spec) if given.shape == spec.shape else None
        case TextSpec():
            return KnownText(spec) if given.shape == spec.shape else None
    if len(given.shape) != 3 or given.shape[-1] not in (1, 3):
        return None
    field = KnownPicture(given.shape)
    field.picture_chosen.connect(complete)
    return field
