"""The features of rows of a table: their cells, each as the continuous view has it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from studio.core.errors import DataError
from studio.core.modality import TableSpec
from studio.core.spec import Continuous
from studio.evaluate.features import Features, Items, Progress
from studio.evaluate.part_measures import PartMeasures
from studio.evaluate.table.measures import row_measures
from studio.nn.codec import TableCodec

__all__ = ["CellFeatures", "TableFeatureSets"]

_CHUNK = 8192


class CellFeatures:
    """Numbers by the quantiles of their column, in [-1, 1]; a category as 1 for its own and 0 for the others, halved.

    Two categories are then as far apart as a number's quartiles.

    Args:
        spec: The columns.
    """

    name = "cells"
    version = "1"

    def __init__(self, spec: TableSpec) -> None:
        self._codec = TableCodec(spec, Continuous())

    def extract(self, items: Items, on_progress: Progress = lambda *_: None) -> Features:
        """Rows float32 (N, K) to features, float32 (N, D)."""
        found = []
        for first in range(0, len(items), _CHUNK):
            part = torch.from_numpy(np.ascontiguousarray(items[first : first + _CHUNK]))
            with torch.no_grad():
                view = self._codec.encode(part).numpy()
            numbers = self._codec.numbers
            view[:, numbers:] = 0.25 * (view[:, numbers:] + 1.0) * np.sqrt(2.0)
            found.append(view)
            on_progress(first + len(part), len(items))
        features: Features = np.concatenate(found)
        return features


class TableFeatureSets:
    """The cells of a row, and measures of columns, of pairs of them, and of whole rows."""

    def __init__(self, spec: TableSpec) -> None:
        self._spec = spec

    def classifier(self, folder: Path, on_progress: object) -> None:
        """None: the classes of a table are told apart by what ``metrics`` train."""

    def learned(self) -> CellFeatures:
        """The cells: nothing that was learned elsewhere knows these columns."""
        return CellFeatures(self._spec)

    def plain(self) -> CellFeatures:
        """The cells."""
        return CellFeatures(self._spec)

    def inception(self, network: Path) -> CellFeatures:
        """None fits.

        Raises:
            DataError: Always.
        """
        raise DataError(f"{network} looks at images, and this is a table; leave the Inception network out.")

    def metrics(self, dataset: object, held_out: object) -> Sequence[PartMeasures]:
        """What tells rows apart by column, by pairs of columns, and as wholes."""
        return [row_measures(self._spec, kind) for kind in ("columns", "pairs", "two-sample", "prediction")]
