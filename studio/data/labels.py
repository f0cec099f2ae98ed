"""Puts the labels of arrays, whole numbers or words, into one list of classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.bounded import LONGEST_NAME
from studio.core.errors import DataError
from studio.data.array import ArrayPart
from studio.data.tree import printable

__all__ = ["classes_of"]

_MOST_CLASSES = 2**16


def _distinct(labels: npt.NDArray[Any], title: str) -> tuple[npt.NDArray[Any], npt.NDArray[np.intp]]:
    """The different labels, and for each item the position of its own among them, -1 for none.

    Only different ones are decoded: there are few of them, and as many labels as a small file can claim items.

    Args:
        labels: Whole numbers or words, shape (N,); -1 and the empty word are none.
        title: Where they are, for messages.

    Raises:
        DataError: If a label is out of bounds, or there are too many different ones.
    """
    values, places = np.unique(labels, return_inverse=True)
    if len(values) > _MOST_CLASSES:
        raise DataError(
            f"The labels of {title} hold {len(values):,} different values, more than the {_MOST_CLASSES:,} classes a "
            "data set may have; give a label that items share, or none."
        )
    if values.dtype.kind == "S":
        values = np.array([value.decode("utf-8", "backslashreplace") for value in values.tolist()], np.str_)
    if values.dtype.kind == "U" and values.size and int(np.char.str_len(values).max()) > LONGEST_NAME:
        raise DataError(f"A label of {title} is longer than {LONGEST_NAME} characters; save the names of classes.")
    if values.dtype.kind == "u" and values.size and int(values.max()) > np.iinfo(np.int64).max:
        raise DataError("A label is larger than any class number; save the labels as 64-bit whole numbers.")
    values = values if values.dtype.kind == "U" else values.astype(np.int64)
    known = values != ("" if values.dtype.kind == "U" else -1)
    positions = np.where(known, np.cumsum(known) - 1, -1)
    return values[known], positions[places.reshape(-1)]


def classes_of(parts: Sequence[ArrayPart]) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """Label of each item of all parts, -1 for none, and the classes in the order of their labels.

    Raises:
        DataError: If labels are out of bounds, too many, or of different kinds.
    """
    found = [None if part.labels is None else _distinct(part.labels, part.title) for part in parts]
    if len({each[0].dtype.kind for each in found if each is not None}) > 1:
        raise DataError("Some labels are words and others are numbers; save them as one kind.")
    values = [each[0] for each in found if each is not None]
    names = np.unique(np.concatenate(values)) if values else np.empty(0, np.int64)
    labels = np.full(sum(part.shape[0] for part in parts), -1, np.int64)
    start = 0
    for part, each in zip(parts, found, strict=True):
        if each is not None:
            # One more, so that -1, no label, leads to -1.
            numbers = np.append(np.searchsorted(names, each[0]), -1)
            labels[start : start + part.shape[0]] = numbers[each[1]]
        start += part.shape[0]
    return labels, tuple(printable(str(name)) for name in names)
