"""Parts items into train, validation and test."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studio.core.noise import uniforms

__all__ = ["SPLIT_FOLDERS", "TEST", "TRAIN", "VALIDATION", "assign_splits"]

TRAIN, VALIDATION, TEST = 0, 1, 2
SPLIT_FOLDERS = {
    "train": TRAIN,
    "training": TRAIN,
    "val": VALIDATION,
    "valid": VALIDATION,
    "validation": VALIDATION,
    "test": TEST,
    "testing": TEST,
}
_SHARE = 10
_MOST = {VALIDATION: 5_000, TEST: 10_000}


def assign_splits(given: npt.NDArray[np.uint8], seed: int) -> npt.NDArray[np.uint8]:
    """Complete the splits that the source gives.

    A missing validation or test split is a share of the items of train: a tenth, at most 5,000 and 10,000, at least
    one when train has three items or more. The share is drawn with the studio's own noise, the same on every machine.

    Args:
        given: Split of each item as the source says it, 0 train, 1 validation, 2 test, shape (N,).
        seed: Seed of the draw, 0 to 2**32 - 1.

    Returns:
        Split of each item, uint8, shape (N,).
    """
    splits = given.copy()
    train = np.flatnonzero(given == TRAIN)
    if len(train) < 3:
        return splits
    order = train[np.argsort(uniforms(seed, [0], len(train))[0], kind="stable")]
    start = 0
    for split in (TEST, VALIDATION):
        if not (given == split).any():
            count = min(_MOST[split], max(1, len(train) // _SHARE))
            splits[order[start : start + count]] = split
            start += count
    return splits
