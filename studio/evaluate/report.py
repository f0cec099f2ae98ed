"""Puts the judge's reports into words for people."""

from __future__ import annotations

from collections.abc import Sequence

from studio.core.words import duration, number_of
from studio.store.evaluation import (
    ClassReport,
    Comparison,
    EvaluationReport,
    LikelihoodReport,
    Measure,
    MemorisationReport,
)

__all__ = ["comparison_text", "report_text"]


def report_text(report: EvaluationReport) -> str:
    """A report, as lines."""
    sampling = report.sampling
    inputs = "".join(f", {name} {value:g}" for name, value in sampling.scalars.items())
    lines = [
        f"{report.title} ({report.model or report.file}): {number_of(sampling.count, 'sample')} against as many"
        f" held-out items of {report.dataset} ({report.split} split), seed {report.seed}",
        f"  trained {report.step:,} steps in {duration(report.seconds)}; a sample takes"
        f" {1000 * sampling.seconds_per_sample:.3g} ms on {sampling.provider}{inputs}",
        "  in brackets the 95 % interval over random parts; the floor is as many other real items, kept from the"
        " classifier",
    ]
    lines += _headline(report)
    for features in report.features:
        lines.append(f"{features.name} ({features.dims:,} features, version {features.version})")
        lines += [f"  {_measure_line(measure)}" for measure in features.measures]
    if report.classes is not None:
        lines += _class_lines(report.classes)
    lines += [_memorisation_line(entry) for entry in report.memorisation]
    lines += [_likelihood_line(entry) for entry in report.likelihood]
    lines += [f"note: {note}" for note in report.notes]
    return "\n".join(lines)


def _headline(report: EvaluationReport) -> list[str]:
    """What a model is first known by: how far above the floor it is, in the first set of features."""
    found = [measure for measure in report.features[0].measures if measure.above is not None] if report.features else []
    if not found:
        return []
    return [f"ABOVE THE FLOOR: {', '.join(_above(measure) for measure in found)} ({report.features[0].name})"]


def _above(measure: Measure) -> str:
    assert measure.above is not None
    assert measure.above_interval is not None
    low, high = measure.above_interval
    return f"{measure.name} {_number(measure.above)} ({_number(low)} to {_number(high)})"


def _number(value: float) -> str:
    return f"{value:.3g}"


def _measure_line(measure: Measure) -> str:
    low, high = measure.interval
    text = f"{measure.name:<18} {_number(measure.value):>9} ({_number(low)} to {_number(high)})"
    text += f", floor {_number(measure.floor)}"
    if measure.above is not None and measure.above_interval is not None:
        low, high = measure.above_interval
        text += f": {_number(measure.above)} above it ({_number(low)} to {_number(high)})"
        text += ", which cannot be told from it" if low <= 0.0 <= high else ""
    return text


def _class_lines(classes: ClassReport) -> list[str]:
    lines = [f"classes, by the classifier (right on {classes.classifier_accuracy:.2%} of the validation items)"]
    if classes.accuracy is not None:
        lines.append(f"  {_measure_line(classes.accuracy)}")
    lines.append(
        f"  the class histogram differs by {_number(classes.total_variation)} in total variation,"
        f" floor {_number(classes.floor)}"
    )
    if classes.missing:
        lines.append(f"  MISSING, or hardly drawn: {', '.join(classes.missing)}")
    return lines


def _memorisation_line(entry: MemorisationReport) -> str:
    ratio = "cannot be told, for held-out items are copies too" if entry.ratio is None else f"{entry.ratio:.3f}"
    return (
        f"memorisation in {entry.features}: ratio {ratio} (1 = fresh, 0 = copies), {entry.near:.1%} of the samples"
        f" nearer to {number_of(entry.training, 'training item')} than all but 1 % of the held-out items"
    )


def _likelihood_line(entry: LikelihoodReport) -> str:
    if entry.nats is None or entry.bits_per_dim is None:
        return f"likelihood: none, {number_of(entry.impossible, 'item')} without a finite one [{entry.label}]"
    sign = "" if entry.kind == "exact" else "at least "
    error = "" if entry.nats_error is None else f" ± {entry.nats_error:.2f}"
    gap = f", {entry.gap_words}" if entry.gap_words else ""
    bits = f"{entry.bits_per_dim:.4f} bits per dimension"
    if entry.bits_per_byte is not None and entry.bits_per_character is not None:
        bits = f"{entry.bits_per_byte:.4f} bits per byte, {entry.bits_per_character:.4f} per character"
    return (
        f"likelihood: {sign}{entry.nats:.2f}{error} nats an item,"
        f" {'at most ' if sign else ''}{bits}{gap} [{entry.label}]"
    )


def comparison_text(comparisons: Sequence[Comparison]) -> str:
    """Comparisons, as lines; nothing is ranked inside an interval."""
    lines = []
    for comparison in comparisons:
        lines.append(f"{comparison.measure}, {comparison.features}: {comparison.verdict}")
        for group in comparison.groups:
            low, high = group.interval
            name, count = " + ".join(group.names), number_of(group.trainings, "training")
            lines.append(f"  {_number(group.value)} ({_number(low)} to {_number(high)}) {name}, {count}")
        if comparison.without:
            lines.append(f"  without {', '.join(comparison.without)}: no such measure there")
    single = {" + ".join(group.names) for one in comparisons for group in one.groups if group.trainings == 1}
    if single:
        lines.append(f"note: an interval of one training knows nothing of other seeds: {', '.join(sorted(single))}.")
    return "\n".join(lines)
