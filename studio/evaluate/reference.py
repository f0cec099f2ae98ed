"""This file holds the real side of an evaluation: held-out items, and training items as the floor, in every feature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError, StudioError
from studio.core.noise import uniforms
from studio.core.words import number_of
from studio.data.dataset import open_dataset
from studio.evaluate.bootstrap import Estimate
from studio.evaluate.classifier import Classifier, load_or_train_classifier
from studio.evaluate.efficientnet import EfficientNetFeatures
from studio.evaluate.features import Features, FeatureSet, Items, PixelFeatures, Progress
from studio.evaluate.inception import InceptionFeatures
from studio.evaluate.measurement import FEWEST_ITEMS, measure_features

__all__ = ["SEED", "Reference", "Stage"]

SEED = 0
_HELD_OUT, _FLOOR, _TRAINING, _LIKELY = range(4)
_MOST_TRAINING = 100_000

Stage = Callable[[str, int, int], None]
Indices = npt.NDArray[np.int64]


class Reference:
    """A data set, as the judge compares files with it. Files of one reference share everything that is real.

    Args:
        folder: The data set's folder.
        count: Items to compare; fewer where the data set has fewer.
        on_progress: Called with the stage, steps done and steps in all.
        inception: An Inception network to look with too; None for none.

    Attributes:
        split: Split of the held-out items: ``test``, or ``validation`` where that has too few.
        held_out: Held-out items, uint8 (N, H, W, C).
        held_out_labels: Their classes, -1 for none.
        classifier: The data set's classifier; None where it has no classes.
        sets: Sets of features to measure distances in.
        floor: Every measure of real training items, by name of the features and of the measure.
        notes: What a person should know of these numbers.

    Raises:
        DataError: If the data set has too few items, or the Inception network cannot be used.
    """

    def __init__(self, folder: Path, count: int, on_progress: Stage, inception: Path | None = None) -> None:
        self.dataset = open_dataset(folder)
        self.notes: list[str] = []
        self._progress = on_progress
        self.split = self._held_out_split()
        held, training = self.dataset.indices(self.split), self.dataset.indices("train")
        if len(training) < FEWEST_ITEMS:
            raise DataError(
                f"The data set '{self.name}' has {number_of(len(training), 'training item')}; the judge needs"
                f" {FEWEST_ITEMS} to say what its numbers are on real data."
            )
        self.count = min(count, len(held), len(training))
        if self.count < count:
            self.notes.append(f"Only {self.count:,} items could be compared, for the data set has no more.")
        self.held_out, self.held_out_labels = self.dataset.batch(_choose(held, self.count, _HELD_OUT))
        self.floor_items, self.floor_labels = self.dataset.batch(_choose(training, self.count, _FLOOR))
        self.training = _choose(training, _MOST_TRAINING, _TRAINING)
        self._trained: dict[str, Features] = {}
        self._known: dict[str, tuple[Features, Features]] = {}
        self.classifier: Classifier | None = None
        self.sets: list[FeatureSet] = []
        # First, as it may be refused: what was asked for is not left out for a reason in small print.
        own = [InceptionFeatures(inception)] if inception is not None else []
        for find in (lambda: load_or_train_classifier(folder, on_progress), self._imagenet):
            self._add(find)
        self.sets += own
        self.floor: dict[str, dict[str, Estimate]] = {}
        for features in self.sets:
            held_out, floor = self.real(features)
            stage = f"measuring the floor: {features.name}"
            self.floor[features.name] = measure_features(held_out, floor, SEED, self.stage(stage))

    @property
    def name(self) -> str:
        """Name of the data set."""
        return self.dataset.document.name

    def stage(self, name: str) -> Progress:
        """The progress of one stage."""
        return lambda done, total: self._progress(name, done, total)

    def _held_out_split(self) -> Literal["test", "validation"]:
        if len(self.dataset.indices("test")) >= FEWEST_ITEMS:
            return "test"
        count = len(self.dataset.indices("validation"))
        if count < FEWEST_ITEMS:
            most = max(count, len(self.dataset.indices("test")))
            raise DataError(
                f"The data set '{self.name}' has {number_of(most, 'held-out item')}, too few to judge by; it needs"
                f" {FEWEST_ITEMS}."
            )
        self.notes.append("There are too few test items; validation items, by which checkpoints are chosen, stand in.")
        return "validation"

    def _imagenet(self) -> EfficientNetFeatures:
        return EfficientNetFeatures(self.dataset.spec.shape)

    def _add(self, find: Callable[[], Classifier | EfficientNetFeatures]) -> None:
        try:
            found = find()
        except StudioError as error:
            # One set of features less is no reason to measure nothing.
            self.notes.append(str(error))
            return
        if isinstance(found, Classifier):
            self.classifier = found
            self.notes += [found.note] if found.note else []
        self.sets.append(found)

    def real(self, features: FeatureSet) -> tuple[Features, Features]:
        """Features of the held-out items and of the training items of the floor, (N, D) each."""
        if features.name not in self._known:
            stage = self.stage(f"looking at real items: {features.name}")
            both = features.extract(np.concatenate([self.held_out, self.floor_items]), stage)
            self._known[features.name] = both[: self.count], both[self.count :]
        return self._known[features.name]

    def trained(self, features: FeatureSet) -> Features:
        """Features of the training items, in the order of ``training``, (T, D)."""
        if features.name not in self._trained:
            rows, stage = [], self.stage(f"looking at training items: {features.name}")
            for first in range(0, len(self.training), 4096):
                items, _ = self.dataset.batch(self.training[first : first + 4096])
                rows.append(features.extract(items))
                stage(first + len(items), len(self.training))
            self._trained[features.name] = np.concatenate(rows)
        return self._trained[features.name]

    def neighbour_sets(self) -> list[FeatureSet]:
        """Sets of features that are quick enough to look at every training item."""
        return [PixelFeatures(), *([self.classifier] if self.classifier is not None else [])]

    def likelihood_items(self, count: int) -> tuple[Items, npt.NDArray[np.int64]]:
        """Held-out items for likelihoods, and their classes."""
        return self.dataset.batch(_choose(self.dataset.indices(self.split), count, _LIKELY))


def _choose(indices: Indices, count: int, purpose: int) -> Indices:
    """At most so many of the indices, by the studio's own noise, ascending: the same on every machine."""
    order = np.argsort(uniforms(SEED, [purpose], len(indices))[0], kind="stable")
    return np.sort(indices[order[:count]])
