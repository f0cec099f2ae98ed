"""Says what the data set's classifier takes the samples for: the right classes, and all of them?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from studio.core.estimate import Estimate
from studio.evaluate.choice import SEED
from studio.evaluate.drawn_samples import DrawnSamples
from studio.evaluate.features import Features
from studio.evaluate.image.classifier import Classifier
from studio.evaluate.measurement import as_measure, measure_share
from studio.evaluate.reference import Reference, Standard
from studio.store.evaluation import ClassReport

__all__ = ["class_hits", "class_report"]

_MISSING = 0.1
_FEWEST_EXPECTED = 5


def class_hits(classifier: Classifier, drawn: DrawnSamples, seen: Mapping[str, Features]) -> Estimate:
    """The share of samples, of those asked for a class, that are taken for it."""
    assert drawn.asked is not None
    asked = drawn.asked >= 0
    return measure_share((classifier.predict(seen[classifier.name]) == drawn.asked)[asked], SEED)


def class_report(
    reference: Reference, standard: Standard, drawn: DrawnSamples, seen: Mapping[str, Features]
) -> ClassReport | None:
    """The classes of samples beside those of real items; None for a data set without a classifier."""
    classifier = reference.classifier
    if classifier is None:
        return None
    held_out, floor = (classifier.predict(part) for part in standard.features(classifier))
    samples = classifier.predict(seen[classifier.name])
    counts = [np.bincount(part, minlength=len(classifier.classes)) for part in (samples, held_out, floor)]
    accuracy = None
    known = reference.held_out_labels >= 0
    if drawn.asked is not None and np.count_nonzero(drawn.asked >= 0) > 1:
        right = measure_share((held_out == reference.held_out_labels)[known], SEED)
        accuracy = as_measure("accuracy", class_hits(classifier, drawn, seen), right)
    missing = (counts[1] >= _FEWEST_EXPECTED) & (counts[0] < _MISSING * counts[1])
    return ClassReport(
        classes=classifier.classes,
        samples=tuple(counts[0].tolist()),
        held_out=tuple(counts[1].tolist()),
        total_variation=_variation(counts[0], counts[1]),
        floor=_variation(counts[2], counts[1]),
        accuracy=accuracy,
        missing=tuple(name for name, gone in zip(classifier.classes, missing, strict=True) if gone),
        classifier_accuracy=classifier.accuracy,
    )


def _variation(first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> float:
    return float(np.abs(first / first.sum() - second / second.sum()).sum() / 2.0)
