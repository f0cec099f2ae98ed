"""The order of items: of training a pure function of seed and step, so that it needs no state."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studio.data.dataset import Dataset

__all__ = ["BatchOrder", "held_out_batches"]

_VALIDATION_BATCHES = 16


def held_out_batches(dataset: Dataset, batch_size: int) -> list[npt.NDArray[np.int64]]:
    """Items of the batches of a validation: of the validation split, or of the training split where there is none."""
    indices = dataset.indices("validation")
    if not len(indices):
        indices = dataset.indices("train")
    # Evenly from the whole split: items of a folder are sorted by class.
    total = min(len(indices), _VALIDATION_BATCHES * batch_size)
    indices = indices[np.arange(total) * len(indices) // max(1, total)]
    return [indices[begin : begin + batch_size] for begin in range(0, total, batch_size)]


class BatchOrder:
    """Batches of a shuffled split, epoch after epoch.

    Args:
        indices: Items of the split, shape (N,), N >= 1.
        batch_size: Items of a batch; a split smaller than that is one batch.
        seed: Seed of the shuffles.
    """

    def __init__(self, indices: npt.NDArray[np.int64], batch_size: int, seed: int) -> None:
        self.indices = indices
        self.batch_size = min(batch_size, len(indices))
        self.batches_per_epoch = len(indices) // self.batch_size
        self.seed = seed
        self._epoch = -1
        self._shuffled = indices

    def batch(self, step: int) -> npt.NDArray[np.int64]:
        """Items of the batch at a step, shape (B,); the rest of an epoch that fills no batch is left out."""
        epoch, position = divmod(step, self.batches_per_epoch)
        if epoch != self._epoch:
            generator = np.random.Generator(np.random.PCG64([self.seed, epoch]))
            self._shuffled = self.indices[generator.permutation(len(self.indices))]
            self._epoch = epoch
        return self._shuffled[position * self.batch_size : (position + 1) * self.batch_size]
