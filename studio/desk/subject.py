"""What is compared: the models of the workspace, each with its run and what the judge said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import StudioError, explain
from studio.core.manifest import Manifest
from studio.desk.snapshot import Snapshot
from studio.store.evaluation import EVALUATION_FILE, EvaluationReport, read_evaluation

__all__ = ["Judged", "Reports", "Subject", "judged_of", "read_reports", "subjects_of"]


@dataclass(frozen=True)
class Judged:
    """What lies in a model's folder of the judge.

    Attributes:
        written: When the document was written, in nanoseconds since 1970.
        report: What it says; None where it cannot be read.
        error: Why it cannot be read.
    """

    written: int
    report: EvaluationReport | None
    error: str = ""


Reports = Mapping[Path, Judged]


@dataclass(frozen=True)
class Subject:
    """A model beside others.

    Attributes:
        folder: Its folder in the workspace.
        manifest: What its file says of itself.
        name: What it is called here; no two are called the same.
        run: Name of its run, empty where that is gone.
        report: What the judge said of it, by whichever data set; None where it was not judged.
        error: Why what the judge said cannot be read.
    """

    folder: Path
    manifest: Manifest
    name: str
    run: str = ""
    report: EvaluationReport | None = None
    error: str = ""


def read_reports(folders: Iterable[Path], known: Reports) -> dict[Path, Judged]:
    """Read what the judge said of these models; a document that did not change is not read again."""
    found: dict[Path, Judged] = {}
    for folder in folders:
        try:
            written = (folder / EVALUATION_FILE).stat().st_mtime_ns
        except OSError:
            continue
        before = known.get(folder)
        if before is not None and before.written == written:
            found[folder] = before
            continue
        try:
            found[folder] = Judged(written, read_evaluation(folder))
        except (StudioError, OSError) as error:
            found[folder] = Judged(written, None, explain(error))
    return found


def subjects_of(snapshot: Snapshot, reports: Reports) -> list[Subject]:
    """The models that can be compared, newest first."""
    rows = [(row.folder, row.manifest) for row in reversed(snapshot.models) if row.manifest is not None]
    runs = {row.folder.name: row.name for row in snapshot.runs}
    titles = [runs.get(manifest.run, "") or manifest.title or folder.name for folder, manifest in rows]
    longer = [f"{title}, {manifest.step:,} steps" for title, (_, manifest) in zip(titles, rows, strict=True)]
    seen, seen_longer = Counter(titles), Counter(longer)
    found = []
    for (folder, manifest), title, long in zip(rows, titles, longer, strict=True):
        name = title if seen[title] == 1 else long if seen_longer[long] == 1 else f"{title}, {folder.name}"
        judged = reports.get(folder, Judged(0, None))
        found.append(Subject(folder, manifest, name, runs.get(manifest.run, ""), judged.report, judged.error))
    return found


def judged_of(subject: Subject, fingerprint: str) -> EvaluationReport | None:
    """What the judge said of a model by one data set; numbers of other data sets do not compare."""
    report = subject.report
    return report if report is not None and report.dataset_fingerprint == fingerprint else None
