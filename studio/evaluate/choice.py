"""Chooses which real items the judge takes for what: the same on every machine, by the studio's own noise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from studio.core.noise import uniforms
from studio.data.dataset import Dataset
from studio.evaluate.measurement import FEWEST_ITEMS

__all__ = [
    "FLOOR",
    "HELD_OUT",
    "INK",
    "LIKELY",
    "SEED",
    "TRAINING",
    "choose",
    "kept_apart",
    "paired_by_class",
    "shuffled",
]

SEED = 0
# What the items, or the draws, are for; each has random numbers of its own.
HELD_OUT, FLOOR, TRAINING, LIKELY, APART, INK = range(6)
_APART_SHARE = 5
_MOST_APART = 15_000

Indices = npt.NDArray[np.int64]


def shuffled(indices: Indices, purpose: int) -> Indices:
    """The indices in random order."""
    return indices[np.argsort(uniforms(SEED, [purpose], len(indices))[0], kind="stable")]


def choose(indices: Indices, count: int, purpose: int) -> Indices:
    """At most so many of the indices, ascending."""
    return np.sort(shuffled(indices, purpose)[:count])


def kept_apart(dataset: Dataset) -> Indices:
    """Training items that the data set's classifier never learns from, ascending: a fifth, of every class alike.

    They are the floor. What the classifier has learned from looks to it clearer than what it has not, and samples
    would be compared with the wrong thing.
    """
    training = dataset.indices("train")
    count = min(_MOST_APART, max(len(training) // _APART_SHARE, min(FEWEST_ITEMS, len(training) // 2)))
    mixed = shuffled(training, APART)
    labels = dataset.labels[mixed]
    # In order of how far each is through its own class, so that the first so many hold every class in proportion.
    _, place, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    through = (_rank_in_class(labels) + 0.5) / sizes[place]
    return np.sort(mixed[np.argsort(through, kind="stable")[:count]])


def paired_by_class(
    first: Indices, second: Indices, labels: npt.NDArray[np.int64], count: int
) -> tuple[Indices, Indices]:
    """At most so many of either, with the same count of every class, in the order given.

    Args:
        first: Items of the one side.
        second: Items of the other.
        labels: Class of every item of the data set, -1 for none.
        count: How many of each.
    """
    chosen = first[_rank_in_class(labels[first]) < _of_class(labels[second], labels[first])][:count]
    return chosen, second[_rank_in_class(labels[second]) < _of_class(labels[chosen], labels[second])]


def _of_class(labels: npt.NDArray[np.int64], asked: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How often each of the labels asked for is there."""
    # Labels begin at -1.
    counts = np.bincount(labels + 1, minlength=int(asked.max(initial=0)) + 2)
    return counts[asked + 1]


def _rank_in_class(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many of its own class stand before each."""
    rank = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        rows = labels == label
        rank[rows] = np.arange(np.count_nonzero(rows))
    return rank
