"""The real side of an evaluation: held-out items, the floor's items, and both in every set of features.

Samples are compared with held-out items. The floor is what other real items get in their place: training items that the
classifier never saw, of the same class counts where the samples were asked for classes, in black and white where the
samples are.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError, StudioError
from studio.core.estimate import Estimate
from studio.core.noise import uniforms
from studio.core.words import number_of
from studio.data.dataset import open_dataset
from studio.evaluate.choice import (
    FLOOR,
    HELD_OUT,
    INK,
    LIKELY,
    SEED,
    TRAINING,
    choose,
    kept_apart,
    paired_by_class,
    shuffled,
)
from studio.evaluate.feature_sets import feature_sets
from studio.evaluate.features import Features, FeatureSet, ItemMetric, Items, Progress
from studio.evaluate.image.classifier import Classifier
from studio.evaluate.measurement import FEWEST_ITEMS, measure_features
from studio.evaluate.plugin_measures import plugin_features, plugin_metrics

__all__ = ["Reference", "Stage", "Standard", "is_black_and_white"]

_MOST_TRAINING = 100_000
_INK = ", black and white"
_CHUNK = 1024

Stage = Callable[[str, int, int], None]
Labels = npt.NDArray[np.int64]


class Standard:
    """Real items that samples of one kind are compared with, and the floor.

    Args:
        held_out: Held-out items as stored, (N, ...).
        floor_items: Other real items, as many.
        ending: What is said behind the name of a set of features, where the items are not as they are stored.
        on_progress: Called with the stage, steps done and steps in all.
    """

    def __init__(self, held_out: Items, floor_items: Items, ending: str, on_progress: Stage) -> None:
        self._items = np.concatenate([held_out, floor_items])
        self._count = len(held_out)
        self._ending = ending
        self._progress = on_progress
        self._features: dict[str, tuple[Features, Features]] = {}
        self._floors: dict[str, dict[str, Estimate]] = {}

    @property
    def items(self) -> tuple[Items, Items]:
        """The held-out items and those of the floor."""
        return self._items[: self._count], self._items[self._count :]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of these items."""
        if not self._ending:
            return ()
        return (
            "The samples are black and white only, so the real items were drawn in black and white too, each value with"
            " its intensity as probability; these distances do not compare with those of samples in grey.",
        )

    def name_of(self, features: FeatureSet) -> str:
        """What measures in a set of features are called; those of black and white are measures of their own."""
        return f"{features.name}{self._ending}"

    def features(self, one: FeatureSet) -> tuple[Features, Features]:
        """Features of the held-out items and of the floor's, (N, D) each."""
        if one.name not in self._features:
            stage = f"looking at real items: {self.name_of(one)}"
            both = one.extract(self._items, lambda done, total: self._progress(stage, done, total))
            self._features[one.name] = both[: self._count], both[self._count :]
        return self._features[one.name]

    def floor(self, one: FeatureSet) -> dict[str, Estimate]:
        """Every measure of the floor's items."""
        if one.name not in self._floors:
            held_out, floor = self.features(one)
            stage = f"measuring the floor: {self.name_of(one)}"
            self._floors[one.name] = measure_features(
                held_out, floor, SEED, lambda done, total: self._progress(stage, done, total)
            )
        return self._floors[one.name]


class Reference:
    """A data set, as the judge compares files with it. Files of one reference share everything that is real.

    Args:
        folder: The data set's folder.
        count: Items to compare; fewer where the data set has fewer.
        on_progress: Called with the stage, steps done and steps in all.
        inception: An Inception network to look with too; None for none.
        split: Split of the held-out items; None for ``test``, or ``validation`` where that has too few.

    Attributes:
        split: That split.
        count: Items compared.
        held_out_labels: Classes of the held-out items, -1 for none, (N,).
        classifier: The data set's classifier; None where it has no classes.
        sets: Sets of features to measure distances in.
        metrics: Further numbers, of the modality's own and of plugins.
        notes: What a person should know of these numbers.

    Raises:
        DataError: If the data set has too few items, or the Inception network cannot be used.
    """

    def __init__(
        self,
        folder: Path,
        count: int,
        on_progress: Stage,
        inception: Path | None = None,
        split: Literal["test", "validation"] | None = None,
    ) -> None:
        self.dataset = open_dataset(folder)
        self._features = feature_sets(self.dataset.spec)
        self.notes: list[str] = []
        self._progress = on_progress
        self.split = split or self._held_out_split()
        self._choose_items(count)
        self.training = choose(self.dataset.indices("train"), _MOST_TRAINING, TRAINING)
        self._trained: dict[str, Features] = {}
        self._standards: dict[tuple[bool, bool], Standard] = {}
        self.classifier: Classifier | None = None
        self.sets: list[FeatureSet] = []
        # First, as it may be refused: what was asked for is not left out for a reason in small print.
        own = [self._features.inception(inception)] if inception is not None else []
        for find in (lambda: self._features.classifier(folder, on_progress), self._features.learned):
            self._add(find)
        self.sets += own
        workspace = folder.parent.parent
        self.sets += plugin_features(self.dataset.spec, workspace)
        self.metrics: list[ItemMetric] = [
            *self._features.metrics(self.dataset, self._held_out),
            *plugin_metrics(self.dataset.spec, workspace),
        ]

    @property
    def held_out_sources(self) -> Items | None:
        """Sources of the held-out items, (N, S); None where items have none."""
        return self.dataset.sources_of(self._held_out)

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

    def _choose_items(self, count: int) -> None:
        """Held-out items, and those of both floors: with their class counts, and drawn as they come."""
        held, training = self.dataset.indices(self.split), self.dataset.indices("train")
        if len(training) < 2 * FEWEST_ITEMS:
            raise DataError(
                f"The data set '{self.name}' has {number_of(len(training), 'training item')}; the judge needs"
                f" {2 * FEWEST_ITEMS} to say what its numbers are on real data."
            )
        apart = shuffled(kept_apart(self.dataset), FLOOR)
        chosen, alike = paired_by_class(shuffled(held, HELD_OUT), apart, self.dataset.labels, count)
        if len(chosen) < FEWEST_ITEMS:
            raise DataError(
                f"The data set '{self.name}' has only {number_of(len(chosen), 'held-out item')} of the classes of its"
                f" training items, too few to judge by; it needs {FEWEST_ITEMS}."
            )
        self.count = len(chosen)
        if self.count < count:
            self.notes.append(
                f"Only {self.count:,} items could be compared: the data set has no more held-out items, or no more"
                " training items of their classes to keep from the classifier."
            )
        held_out = np.sort(chosen)
        self.held_out_labels: Labels = self.dataset.batch(held_out)[1]
        self._held_out = held_out
        self._floors = {True: np.sort(alike), False: np.sort(apart[: self.count])}

    def _add(self, find: Callable[[], FeatureSet | None]) -> None:
        try:
            found = find()
        except StudioError as error:
            # One set of features less is no reason to measure nothing.
            self.notes.append(str(error))
            return
        if found is None:
            return
        if isinstance(found, Classifier):
            self.classifier = found
            self.notes += [found.note] if found.note else []
        self.sets.append(found)

    def standard(self, by_class: bool, samples: Items) -> Standard:
        """What samples are compared with.

        Args:
            by_class: Whether they were asked for the held-out items' classes; the floor then has their class counts.
            samples: The samples; where they are black and white and the items are not, the items are drawn so too.
        """
        held_out, _ = self.dataset.batch(self._held_out)
        levels = self.dataset.spec.dtype == "uint8"
        ink = levels and is_black_and_white(samples) and not is_black_and_white(held_out)
        if (by_class, ink) not in self._standards:
            floor, _ = self.dataset.batch(self._floors[by_class])
            if ink:
                both = _drawn_in_ink(np.concatenate([held_out, floor]))
                held_out, floor = both[: self.count], both[self.count :]
            self._standards[by_class, ink] = Standard(held_out, floor, _INK if ink else "", self._progress)
        return self._standards[by_class, ink]

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
        return [self._features.plain(), *([self.classifier] if self.classifier is not None else [])]

    def likelihood_items(self, count: int) -> tuple[Items, Labels, Items | None]:
        """Held-out items for likelihoods, their classes, and their sources where items have such."""
        chosen = choose(self.dataset.indices(self.split), count, LIKELY)
        return *self.dataset.batch(chosen), self.dataset.sources_of(chosen)

    def class_frequencies(self) -> npt.NDArray[np.float64]:
        """Share of the labelled training items that each class has, (K,); empty without classes."""
        labels = self.dataset.labels[self.dataset.indices("train")]
        counts = np.bincount(labels[labels >= 0], minlength=len(self.dataset.spec.classes))
        return counts / max(1, counts.sum())


def is_black_and_white(items: Items) -> bool:
    """Whether every value of items is 0 or 255."""
    return bool(((items == 0) | (items == 255)).all())


def _drawn_in_ink(items: Items) -> Items:
    """Items (N, H, W, C) with every value black or white, its intensity the probability of white."""
    drawn, per = np.empty_like(items), items[0].size
    for first in range(0, len(items), _CHUNK):
        part = items[first : first + _CHUNK]
        uniform = uniforms(INK, range(first, first + len(part)), per).reshape(part.shape)
        drawn[first : first + len(part)] = np.where(uniform * 255.0 < part, np.uint8(255), np.uint8(0))
    return drawn
