"""Reads what is known of a row from words: cells of columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studio.core.errors import SettingsError
from studio.core.known_values import KnownValues
from studio.core.modality import TableSpec

__all__ = ["read_known_cells"]


def read_known_cells(words: Sequence[str], spec: TableSpec) -> KnownValues:
    """Cells that are known, COLUMN=VALUE each; the others are free.

    Args:
        words: The cells; the name of a column may hold ``=`` itself.
        spec: The columns.

    Returns:
        A row, float32 (K,), NaN where free.

    Raises:
        SettingsError: If there is no such column, or it cannot hold the value.
    """
    row = np.full(len(spec.columns), np.nan, np.float32)
    for word in words:
        place, value = _split(word, spec)
        if not value.strip():
            raise SettingsError(f"'{word}' says no value; leave the column away where it is free.")
        row[place] = spec.columns[place].number(value)
    return KnownValues(row)


def _split(word: str, spec: TableSpec) -> tuple[int, str]:
    """Place of the column that a word names, and the value behind it; of two names the longer counts."""
    named = [(name, place) for place, name in enumerate(spec.names) if word.startswith(f"{name}=")]
    if named:
        name, place = max(named, key=lambda each: len(each[0]))
        return place, word[len(name) + 1 :]
    if spec.class_column and word.startswith(f"{spec.class_column}="):
        raise SettingsError(f"'{spec.class_column}' is the class; say --label {word[len(spec.class_column) + 1 :]}.")
    shown = ", ".join(spec.names[:20]) + (", ..." if len(spec.names) > 20 else "")
    raise SettingsError(f"'{word}' is not COLUMN=VALUE with one of the columns {shown}.")
