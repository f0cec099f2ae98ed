"""Opens a data set of the workspace for reading: items stay on disk and are mapped, labels are loaded."""

from __future__ import annotations

import tokenize
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError, WorkspaceError
from studio.core.modality import DataSpec
from studio.store.dataset import SOURCES, SPLITS, DatasetDocument, read_dataset_document

__all__ = ["Dataset", "open_dataset"]


class Dataset:
    """A data set that is open for reading.

    Attributes:
        document: What the data set says of itself.
        items: Every item as stored, shape (N, *spec.shape), mapped from the disk and read-only.
        labels: Class of each item, -1 for none, int64, shape (N,).
        splits: Split of each item by its place in ``SPLITS``, uint8, shape (N,).
        sources: What each item is made from, as stored, shape (N, *spec.source_shape), mapped from the disk; None where
            items have no source.
    """

    def __init__(
        self,
        document: DatasetDocument,
        items: np.memmap[Any, Any],
        labels: npt.NDArray[np.int64],
        splits: npt.NDArray[np.uint8],
        sources: np.memmap[Any, Any] | None = None,
    ) -> None:
        self.document = document
        self.items = items
        self.labels = labels
        self.splits = splits
        self.sources = sources
        self._rows: npt.NDArray[Any] = np.asarray(items)  # a plain view: memmap costs time at every access

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def spec(self) -> DataSpec:
        """What its items have in common."""
        return self.document.spec

    def indices(self, split: Literal["train", "validation", "test"]) -> npt.NDArray[np.int64]:
        """Numbers of the items of one split, ascending, int64."""
        return np.flatnonzero(self.splits == SPLITS.index(split)).astype(np.int64, copy=False)

    def batch(self, indices: npt.ArrayLike) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
        """Read some items.

        The rows come back in ascending order of their index, NOT in the order of ``indices``: the disk is read
        forward. What is drawn at random loses nothing by it; the labels are in the same order.

        Args:
            indices: Numbers of items, shape (B,), each 0 to N - 1, repeats allowed.

        Returns:
            Items as stored, shape (B, ...), and their labels, int64, shape (B,).

        Raises:
            IndexError: If an index is out of bounds.
        """
        order = np.sort(np.asarray(indices, np.int64))
        if len(order) and order[0] < 0:
            raise IndexError(f"index {order[0]} is negative")
        return self._rows.take(order, axis=0), self.labels.take(order)

    def sources_of(self, indices: npt.ArrayLike) -> npt.NDArray[Any] | None:
        """The sources of some items, (B, S), in the order of ``batch``; None where items have none."""
        if self.sources is None:
            return None
        return np.asarray(self.sources).take(np.sort(np.asarray(indices, np.int64)), axis=0)

    def preview_sources(self, count: int) -> npt.NDArray[Any] | None:
        """What the previews of a run are made from: the first held-out sources, taken in turn, (count, S)."""
        held_out = self.indices("validation")
        sources = self.sources_of((held_out if len(held_out) else self.indices("train"))[:count])
        return None if sources is None else sources[np.arange(count) % len(sources)]


def _load(folder: Path, name: str, dtype: str, shape: tuple[int, ...], mapped: bool) -> Any:
    path = folder / name
    advice = "remove the data set and add it again"
    try:
        array = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    except FileNotFoundError:
        raise DataError(f"{path} is missing; {advice}.") from None
    except (OSError, ValueError, EOFError, SyntaxError, tokenize.TokenError) as error:
        reason = " ".join(str(error).split())[:160]
        if "pickle" in reason:  # NumPy takes whatever is no array for one, and advises to open it unsafely
            reason = "it is no array"
        raise DataError(f"{path} is damaged or cut short ({reason}); {advice}.") from None
    if not isinstance(array, np.ndarray) or array.dtype != np.dtype(dtype) or array.shape != shape:
        found = f"{array.dtype} {list(array.shape)}" if isinstance(array, np.ndarray) else "no array"
        raise DataError(f"{path} holds {found} where {dtype} {list(shape)} is expected; {advice}.")
    return array


def open_dataset(folder: Path) -> Dataset:
    """Open a data set's folder.

    Args:
        folder: The folder, ``WORKSPACE/datasets/ID``.

    Raises:
        DataError: If a file is missing, damaged, cut short or does not fit the others.
    """
    try:
        document = read_dataset_document(folder)
    except WorkspaceError as error:
        raise DataError(str(error)) from None
    count = document.count
    items = _load(folder, "items.npy", document.spec.dtype, (count, *document.spec.shape), mapped=True)
    labels = _load(folder, "labels.npy", "int64", (count,), mapped=False)
    splits = _load(folder, "splits.npy", "uint8", (count,), mapped=False)
    if count and (labels.min() < -1 or labels.max() >= len(document.spec.classes) or splits.max() >= len(SPLITS)):
        raise DataError(f"{folder} is damaged: a label or split is out of bounds; remove it and add it again.")
    shape = document.spec.source_shape
    sources = _load(folder, SOURCES, document.spec.dtype, (count, *shape), mapped=True) if shape else None
    return Dataset(document, items, labels, splits, sources)
