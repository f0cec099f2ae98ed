"""Finds the items of a data set that are all but the same as an earlier one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError
from studio.core.modality import ImageSpec, TableSpec, TextSpec
from studio.data.dataset import Dataset
from studio.evaluate.features import Progress
from studio.evaluate.image import duplicates as images
from studio.evaluate.table import duplicates as tables
from studio.evaluate.text import duplicates as texts

__all__ = ["Duplicates", "find_duplicates"]


@dataclass(frozen=True)
class Duplicates:
    """The groups of items that are all but the same.

    Attributes:
        first: For each item the first one of its group, itself where it is that or alone, int64 (N,).
        label: Which items are taken for the same, in words.
    """

    first: npt.NDArray[np.int64]
    label: str

    @property
    def num_repeats(self) -> int:
        """Number of items that repeat an earlier one."""
        return int((self.first != np.arange(len(self.first))).sum())

    @property
    def num_groups(self) -> int:
        """Number of items that are repeated."""
        return len(np.unique(self.first[self.first != np.arange(len(self.first))]))


def find_duplicates(dataset: Dataset, on_progress: Progress = lambda *_: None) -> Duplicates:
    """Look for them, in memory that grows with the number of items alone.

    Args:
        dataset: The data set.
        on_progress: Called with steps done and in all.

    Raises:
        DataError: If nothing compares such items.
    """
    match dataset.spec:
        case ImageSpec():
            return Duplicates(images.first_alike(dataset.items, on_progress), images.LABEL)
        case TableSpec() as spec:
            return Duplicates(tables.first_alike(spec, dataset.items, dataset.labels, on_progress), tables.LABEL)
        case TextSpec() as spec:
            return Duplicates(texts.first_alike(spec, dataset.items, on_progress), texts.LABEL)
    raise DataError(f"Nothing compares {dataset.spec.modality} data.")
