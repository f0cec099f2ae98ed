"""Takes single measures out of the judge's reports, so that those of several models stand side by side.

Numbers of other features, of other weights of the same features, or of another protocol of the likelihood do not
compare; each of them is a measure of its own here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from studio.store.evaluation import CLASSIFIER, PROTOCOL, EvaluationReport, LikelihoodReport, Measure

__all__ = [
    "LikelihoodKey",
    "MeasureKey",
    "Reading",
    "difference_text",
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
        protocol: How the judge measured it.
        above: Less the floor.
    """

    features: str
    version: str
    measure: str
    protocol: int = PROTOCOL
    above: bool = False

    @property
    def title(self) -> str:
        """The measure in words, always with its features."""
        earlier = "" if self.protocol == PROTOCOL else ", earlier protocol"
        return f"{self.measure}{', above the floor' if self.above else ''} ({self.features}{earlier})"


@dataclass(frozen=True)
class Reading:
    """A measure of one model.

    Attributes:
        value: The number.
        low: Lower end of its 95 % interval.
        high: Upper end.
        floor: The same number on as many other real items.
        floor_low: Lower end of the floor's interval.
        floor_high: Upper end.
        above: Value less floor, of a distance.
    """

    value: float
    low: float
    high: float
    floor: float
    floor_low: float
    floor_high: float
    above: float | None = None


@dataclass(frozen=True)
class LikelihoodKey:
    """Which likelihood: what is modelled of an item, of which items, whether the class was given or all are mixed."""

    protocol: str
    split: str
    class_given: bool
    mixture: bool

    @property
    def title(self) -> str:
        """The likelihood in words."""
        given = ", class given" if self.class_given else ", classes mixed" if self.mixture else ""
        return f"log p of an item in nats ({self.protocol}, {self.split}{given})"


def _measures(report: EvaluationReport) -> dict[MeasureKey, Measure]:
    found = {
        MeasureKey(features.name, features.version, measure.name, report.protocol): measure
        for features in report.features
        for measure in features.measures
    }
    if report.classes is not None and report.classes.accuracy is not None:
        version = next((one.version for one in report.features if one.name.startswith(CLASSIFIER)), "")
        key = MeasureKey(_CLASSIFIER, version, report.classes.accuracy.name, report.protocol)
        found[key] = report.classes.accuracy
    return found


def measure_keys(reports: Iterable[EvaluationReport]) -> list[MeasureKey]:
    """Every measure that any report has, in the judge's order."""
    return list(dict.fromkeys(key for report in reports for key in _measures(report)))


def plotted_keys(reports: Iterable[EvaluationReport]) -> list[MeasureKey]:
    """The same, and each distance also above its floor, which come first."""
    known = list(reports)
    found: dict[MeasureKey, None] = {}
    for key in measure_keys(known):
        above = replace(key, above=True)
        if any(read_measure(report, above) is not None for report in known):
            found[above] = None
        found[key] = None
    return list(found)


def read_measure(report: EvaluationReport, key: MeasureKey) -> Reading | None:
    """A measure of a report; None where it has none, or is not told above its floor."""
    measure = _measures(report).get(replace(key, above=False))
    if measure is None:
        return None
    (low, high), (floor_low, floor_high) = measure.interval, measure.floor_interval
    if not key.above:
        return Reading(measure.value, low, high, measure.floor, floor_low, floor_high, measure.above)
    if measure.above is None or measure.above_interval is None:
        return None
    ends = (floor_low - measure.floor, floor_high - measure.floor)
    return Reading(measure.above, *measure.above_interval, 0.0, *ends, measure.above)


def reading_text(reading: Reading) -> str:
    """A measure with its interval, and how far above the floor it is."""
    text = f"{reading.value:.3g} ({reading.low:.3g} to {reading.high:.3g})"
    if reading.above is not None:
        return f"{text}, {reading.above:.3g} above the floor"
    return f"{text}, floor {reading.floor:.3g}"


def difference_text(one: tuple[str, EvaluationReport], other: tuple[str, EvaluationReport], key: MeasureKey) -> str:
    """What can be told of two models, each with its name, by a measure: in a clause, empty where they lack it.

    Both were compared with the same real items and measured on the same parts of them, so that the interval of the
    difference is narrower than either's own. Reports of other items, or of floors that differ, tell nothing so.
    """
    plain = replace(key, above=False)
    found = [_measures(report).get(plain) for _, report in (one, other)]
    if found[0] is None or found[1] is None or _items_of(one[1]) != _items_of(other[1]):
        return ""
    if key.above and found[0].floor != found[1].floor:
        return ""
    lower, higher = sorted(((one[0], found[0]), (other[0], found[1])), key=lambda named: named[1].value)
    difference = higher[1].estimate.minus(lower[1].estimate)
    low, high = difference.interval()
    if not len(difference.halves) or low <= 0.0:
        return f"between {lower[0]} and {higher[0]} no difference can be told"
    return f"{lower[0]} is lower than {higher[0]} by {difference.value:.3g} ({low:.3g} to {high:.3g})"


def _items_of(report: EvaluationReport) -> tuple[object, ...]:
    """What tells the items that a report compares with from those of another."""
    return report.dataset_fingerprint, report.protocol, report.split, report.held_out, report.seed


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
    gap = f", {entry.gap_words}" if entry.gap_words else ""
    return f"{'at least ' if entry.kind == 'bound' else ''}{entry.nats:,.2f}{error}{gap}"


def _key_of(entry: LikelihoodReport) -> LikelihoodKey:
    return LikelihoodKey(entry.protocol, entry.split, entry.class_given, entry.mixture)
