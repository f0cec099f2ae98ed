"""The cells of a row that a person knows, before the others are drawn."""

from __future__ import annotations

import numpy as np

from studio.core.known_values import KnownValues
from studio.core.modality import TableSpec

__all__ = ["KnownCellsDraft"]


class KnownCellsDraft:
    """A row of which some cells are known.

    Args:
        spec: The columns.
    """

    def __init__(self, spec: TableSpec) -> None:
        self.spec = spec
        self._row = np.full(len(spec.columns), np.nan, np.float32)

    @property
    def num_known(self) -> int:
        """How many cells are known."""
        return int(np.isfinite(self._row).sum())

    @property
    def summary(self) -> str:
        """How many cells are known, in words; empty where none is."""
        return f"{self.num_known:,} of {len(self._row):,} known" if self.num_known else ""

    def word(self, place: int) -> str:
        """A cell as a person reads it; empty where it is free."""
        return self.spec.columns[place].words(self._row[place : place + 1])[0]

    def set_word(self, place: int, word: str) -> None:
        """Set a cell to what a person wrote; an empty word frees it.

        Raises:
            SettingsError: If the column cannot hold it; the cell stays what it was.
        """
        self._row[place] = self.spec.columns[place].number(word) if word.strip() else np.nan

    def set_known(self, known: KnownValues | None) -> None:
        """Take a row, NaN where free; None frees every cell."""
        self._row[:] = np.nan if known is None else known.values.reshape(self._row.shape)

    def value(self) -> KnownValues | None:
        """The row; None where every cell is free."""
        return KnownValues(self._row) if self.num_known else None
