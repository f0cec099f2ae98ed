"""Says what a set of features is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from studio.data.dataset import Dataset
from studio.store.evaluation import FeatureReport

__all__ = ["FeatureSet", "FeatureSets", "Features", "ItemMetric", "Items", "Progress"]

# As stored.
Items = npt.NDArray[Any]
Features = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]


class FeatureSet(Protocol):
    """A map from items to vectors in which distances mean something.

    Attributes:
        name: What people read; numbers of different names do not compare.
        version: What tells two sets of one name apart: the beginning of the sha256 of its weights.
    """

    @property
    def name(self) -> str:
        """What people read."""

    @property
    def version(self) -> str:
        """Which weights."""

    def extract(self, items: Items, on_progress: Progress = ...) -> Features:
        """Items as stored, (N, ...), to features, float32 (N, D)."""


class ItemMetric(Protocol):
    """Numbers that compare samples with held-out items, other than distances of features.

    Attributes:
        title: What people read.
    """

    @property
    def title(self) -> str:
        """What people read."""

    def report(self, samples: Items, held_out: Items, floor: Items, seed: int) -> FeatureReport:
        """The numbers beside their floor; items as stored, seeds of whatever is random."""


class FeatureSets(Protocol):
    """The sets of features of one modality."""

    def classifier(self, folder: Path, on_progress: Callable[[str, int, int], None]) -> Any:
        """The classifier of a data set's folder, trained where it is not; None where this modality has none."""

    def metrics(self, dataset: Dataset, held_out: npt.NDArray[np.int64]) -> Sequence[ItemMetric]:
        """Numbers of its own, by a data set and the numbers of its held-out items, (N,), ascending."""

    def learned(self) -> FeatureSet:
        """A set that was learned on other data; raises ``StudioError`` where its weights are missing."""

    def plain(self) -> FeatureSet:
        """The items themselves, quick enough to look at every training item."""

    def inception(self, network: Path) -> FeatureSet:
        """The features of an Inception network that the person has; raises ``DataError`` where it does not fit."""
