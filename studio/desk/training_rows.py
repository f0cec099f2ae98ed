"""Rows that a model of a table learned from, where their data set is in the workspace."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.core.manifest import Manifest
from studio.data.dataset import open_dataset
from studio.desk.snapshot import DatasetRow

__all__ = ["dataset_of", "read_training_rows"]


def dataset_of(manifest: Manifest, datasets: Iterable[DatasetRow]) -> Path | None:
    """Folder of the data set that a model learned from; None where it is not there."""
    wanted = manifest.dataset_fingerprint
    found = (row for row in datasets if row.document is not None and row.document.fingerprint == wanted)
    row = next(found, None) if wanted else None
    return row.folder if row is not None else None


def read_training_rows(folder: Path, most: int) -> npt.NDArray[np.float32]:
    """Rows of a data set's training split, (N, K), N at most so many, spread evenly over all of them.

    Raises:
        DataError: If the data set is damaged.
    """
    data = open_dataset(folder)
    indices = data.indices("train")
    if len(indices) > most:
        indices = indices[np.linspace(0, len(indices) - 1, most).astype(np.int64)]
    rows: npt.NDArray[np.float32] = data.batch(indices)[0]
    return rows
