"""The numbers of models as a table, for the window and for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.core.words import csv_cell, duration, one_line
from studio.desk.measures import (
    LikelihoodKey,
    MeasureKey,
    likelihood_keys,
    likelihood_of,
    likelihood_text,
    measure_keys,
    read_measure,
    reading_text,
)
from studio.desk.subject import Subject, judged_of
from studio.store.atomic import write_bytes
from studio.store.evaluation import EvaluationReport

__all__ = ["Cell", "as_csv", "columns_of", "write_csv"]


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        text: What it shows.
        value: What it is sorted by; None where there is nothing, which comes last in either direction.
        note: What else is to be known of it.
        numbers: What it is for other programs, by the ending of its column's name there.
    """

    text: str
    value: float | str | None
    note: str = ""
    numbers: tuple[tuple[str, object], ...] = ()


_NOTHING = Cell("", None)


def _about(subject: Subject, report: EvaluationReport | None) -> dict[str, Cell]:
    manifest = subject.manifest
    judged = "" if report is None else f"Judged by {report.dataset}, {report.sampling.count:,} samples"
    time = _NOTHING
    if report is not None:
        each = report.sampling.seconds_per_sample
        inputs = ", ".join(f"{name} {value:g}" for name, value in report.sampling.scalars.items())
        note = ", ".join(part for part in (report.sampling.provider, inputs) if part)
        time = Cell(f"{1000 * each:,.3g}", each, note, (("", 1000 * each),))
    return {
        "Model": Cell(one_line(subject.name), subject.name.casefold(), judged, (("", subject.name),)),
        "Family": Cell(one_line(manifest.family), manifest.family, "", (("", manifest.family),)),
        "Steps": Cell(f"{manifest.step:,}", float(manifest.step), "", (("", manifest.step),)),
        "Time trained": Cell(duration(manifest.seconds), manifest.seconds, "", ((", s", manifest.seconds),)),
        "ms a sample": time,
    }


def _measured(report: EvaluationReport | None, key: MeasureKey) -> Cell:
    found = read_measure(report, key) if report is not None else None
    if found is None:
        return _NOTHING
    ends = ((", low", found.low), (", high", found.high))
    beside = ((", floor", found.floor), (", above the floor", found.above))
    note = f"95 % interval over random parts. Floor, as many other real items: {found.floor:.3g}"
    note += f" ({found.floor_low:.3g} to {found.floor_high:.3g}). Features: {key.features} {key.version}"
    return Cell(reading_text(found), found.value, note.strip(), (("", found.value), *ends, *beside))


def _likelihood(report: EvaluationReport | None, key: LikelihoodKey) -> Cell:
    entry = likelihood_of(report, key) if report is not None else None
    if entry is None:
        return _NOTHING
    more = ((", error", entry.nats_error), (", kind", entry.kind), (", what", entry.label), (", gap", entry.gap))
    return Cell(likelihood_text(entry), entry.nats, entry.label, (("", entry.nats), *more))


def columns_of(subjects: Sequence[Subject], fingerprint: str) -> dict[str, list[Cell]]:
    """The columns of the table by their titles, a cell for each model; only what one data set judged is in it."""
    judged = [judged_of(subject, fingerprint) for subject in subjects]
    reports = [report for report in judged if report is not None]
    abouts = [_about(subject, report) for subject, report in zip(subjects, judged, strict=True)]
    columns = {title: [about[title] for about in abouts] for title in (abouts[0] if abouts else {})}
    for key in measure_keys(reports):
        title = key.title if key.title not in columns else f"{key.title} {key.version}"
        columns[title] = [_measured(report, key) for report in judged]
    for kind in likelihood_keys(reports):
        columns[kind.title] = [_likelihood(report, kind) for report in judged]
    return columns


def as_csv(subjects: Sequence[Subject], fingerprint: str) -> str:
    """The table for other programs: a model a row, an interval in columns of its own; what is not there is empty."""
    columns = columns_of(subjects, fingerprint)
    headings, table = [], []
    for title, cells in columns.items():
        for ending in dict.fromkeys(ending for cell in cells for ending, _ in cell.numbers):
            headings.append(f"{title}{ending}")
            table.append([_written(dict(cell.numbers).get(ending)) for cell in cells])
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([csv_cell(heading) for heading in headings])
    writer.writerows(zip(*table, strict=True))
    return text.getvalue()


def _written(value: object) -> str:
    if value is None:
        return ""
    return repr(value) if isinstance(value, int | float) else csv_cell(one_line(str(value)))


def write_csv(path: Path, subjects: Sequence[Subject], fingerprint: str) -> None:
    """Write ``as_csv`` into a file, whole or not at all."""
    write_bytes(path, as_csv(subjects, fingerprint).encode())
