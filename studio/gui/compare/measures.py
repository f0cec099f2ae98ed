"""This file takes single measures out of the judge's reports, so that those of several models stand side by side.

Numbers of other features, of other weights of the same features, or of another protocol of the likelihood do not
compare; each of them is a measure of its own here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from studio.store.evaluation import CLASSIFIER, EvaluationReport, LikelihoodReport, Measure

__all__ = [
    "LikelihoodKey",
    "MeasureKey",
    "Reading",
    "likelihood_keys",
    "likelihood_of",
    "likelihood_text",
    "measure_keys",
    "plotted_keys",
    "read_measure",
    "reading_text",
]

_CLASSIFIER = "classifier"


@dataclass(frozen=True)
class MeasureKey:
    """Which measure.

    Attributes:
        features: Name of the features it was measured in.
        version: Which weights.
        measure: Name of the measure.
        relative: In multiples of the floor.
    """

    features: str
    version: str
    measure: str
    relative: bool = False

    @property
    def title(self) -> str:
        """The measure in words, always with its features."""
        return f"{self.measure}{', times the floor' if self.relative else ''} ({self.features})"


@dataclass(frozen=True)
class Reading:
    """A measure of one model.

    Attributes:
        value: The number.
        low: Lower end of its 95 % interval.
        high: Upper end.
        floor: The same number on real training items.
        floor_low: Lower end of the floor's interval.
        floor_high: Upper end.
        multiple: Value divided by floor, where that means something.
    """

    value: float
    low: float
    high: float
    floor: float
    floor_low: float
    floor_high: float
    multiple: float | None = None


@dataclass(frozen=True)
class LikelihoodKey:
    """Which likelihood: what is modelled of an item, of which items, and whether the class was given."""

    protocol: str
    split: str
    class_given: bool

    @property
    def title(self) -> str:
        """The likelihood in words."""
        given = ", class given" if self.class_given else ""
        return f"log p of an item in nats ({self.protocol}, {self.split}{given})"


def _measures(report: EvaluationReport) -> dict[MeasureKey, Measure]:
    found = {
        MeasureKey(features.name, features.version, measure.name): measure
        for features in report.features
        for measure in features.measures
    }
    if report.classes is not None and report.classes.accuracy is not None:
        version = next((features.version for features in report.features if features.name == CLASSIFIER), "")
        found[MeasureKey(_CLASSIFIER, version, report.classes.accuracy.name)] = report.classes.accuracy
    return found


def measure_keys(reports: Iterable[EvaluationReport]) -> list[MeasureKey]:
    """Every measure that any report has, in the judge's order."""
    return list(dict.fromkeys(key for report in reports for key in _measures(report)))


def plotted_keys(reports: Iterable[EvaluationReport]) -> list[MeasureKey]:
    """The same, and each distance also in multiples of its floor, which come first."""
    known = list(reports)
    found: dict[MeasureKey, None] = {}
    for key in measure_keys(known):
        relative = MeasureKey(key.features, key.version, key.measure, relative=True)
        if any(read_measure(report, relative) is not None for report in known):
            found[relative] = None
        found[key] = None
    return list(found)


def read_measure(report: EvaluationReport, key: MeasureKey) -> Reading | None:
    """A measure of a report; None where it has none, or no floor that it could be a multiple of."""
    measure = _measures(report).get(MeasureKey(key.features, key.version, key.measure))
    if measure is None or (key.relative and measure.multiple is None):
        return None
    unit = measure.floor if key.relative else 1.0
    (low, high), (floor_low, floor_high) = measure.interval, measure.floor_interval
    return Reading(
        measure.value / unit,
        low / unit,
        high / unit,
        measure.floor / unit,
        floor_low / unit,
        floor_high / unit,
        measure.multiple,
    )


def reading_text(reading: Reading) -> str:
    """A measure with its interval and how many times the floor it is."""
    text = f"{reading.value:.3g} ({reading.low:.3g} to {reading.high:.3g})"
    if reading.multiple is not None:
        return f"{text}, {reading.multiple:.3g} times the floor"
    return f"{text}, floor {reading.floor:.3g}"


def likelihood_keys(reports: Iterable[EvaluationReport]) -> list[LikelihoodKey]:
    """Every likelihood that any report has."""
    return list(dict.fromkeys(_key_of(entry) for report in reports for entry in report.likelihood))


def likelihood_of(report: EvaluationReport, key: LikelihoodKey) -> LikelihoodReport | None:
    """A likelihood of a report; None where it has none."""
    return next((entry for entry in report.likelihood if _key_of(entry) == key), None)


def likelihood_text(entry: LikelihoodReport) -> str:
    """A likelihood with its error; of a bound it says so."""
    if entry.nats is None:
        return "none"
    error = "" if entry.nats_error is None else f" ± {entry.nats_error:.2f}"
    return f"{'at least ' if entry.kind == 'bound' else ''}{entry.nats:,.2f}{error}"


def _key_of(entry: LikelihoodReport) -> LikelihoodKey:
    return LikelihoodKey(entry.protocol, entry.split, entry.class_given)
