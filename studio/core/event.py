"""The events that a job prints, one JSON object a line; the last is ``done`` or ``error``."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = [
    "CardDone",
    "ColumnFound",
    "ErrorEvent",
    "EvaluationDone",
    "ExportDone",
    "ImportDone",
    "InstallDone",
    "JobEvent",
    "PlanDone",
    "PreviewDone",
    "ProgressEvent",
    "RepeatsDone",
    "ScoreDone",
    "ScoreSummary",
    "ScoredItem",
]


class ProgressEvent(TypedDict):
    """How far a job is: ``done`` of ``total`` in the stage's own units; a total of 0 is not known yet."""

    event: Literal["progress"]
    stage: str
    done: int
    total: int


class ErrorEvent(TypedDict):
    """Why a job ends without a result, as one sentence for people."""

    event: Literal["error"]
    message: str


class ImportDone(TypedDict):
    """An import has made a data set: its id and name, its counts, and the shape and size in words of its items.

    ``notes`` say what to know of it, such as which columns of a table were left out.
    """

    event: Literal["done"]
    dataset: str
    name: str
    items: int
    rejected: int
    classes: list[str]
    shape: list[int]
    size: str
    splits: dict[str, int]
    notes: list[str]


class ColumnFound(TypedDict):
    """What a dry look has found of one column of a table.

    Attributes:
        name: Its name.
        kind: What it is taken for; empty where it is left out unless it is asked for.
        kinds: What it can be.
        found: What is in its cells, in words.
        said: What to know of it, a part of a sentence; empty for nothing.
    """

    name: str
    kind: str
    kinds: list[str]
    found: str
    said: str


class PreviewDone(TypedDict):
    """A dry look has seen what an import would make; nothing is in the workspace.

    Attributes:
        event: Always ``done``.
        name: Name the data set would get.
        items: Number of items it would have.
        rejected: Number of files that would be refused, ``refused`` holds the first of them: [name, reason].
        classes: Names of the classes, with ``class_counts`` items each.
        spec: What the items have in common, as a document.
        splits: Number of items in each split.
        facts: What else was found, as titles with words.
        columns: The columns of a table.
        is_text: Whether it is a table in text, whose format may be another.
        bytes: Disk space the data set would take.
        licence: Licence note, where the source has one.
        preview: Path of an array of some items as they would be, as stored, shape [N, ...].
        preview_labels: Class of each of them, -1 for none.
    """

    event: Literal["done"]
    name: str
    items: int
    rejected: int
    refused: list[list[str]]
    classes: list[str]
    class_counts: list[int]
    spec: dict[str, Any]
    splits: dict[str, int]
    facts: list[list[str]]
    columns: list[ColumnFound]
    is_text: bool
    bytes: int
    licence: str
    preview: str
    preview_labels: list[int]


class ExportDone(TypedDict):
    """An export has made a model.

    Attributes:
        event: Always ``done``.
        model: Its id.
        folder: Its folder.
        step: Step of the checkpoint that was taken.
        chosen: Why that one, in words.
        parity: Each file's certificate of parity, by role.
        notes: What to know.
    """

    event: Literal["done"]
    model: str
    folder: str
    step: int
    chosen: str
    parity: dict[str, dict[str, Any]]
    notes: list[str]


class EvaluationDone(TypedDict):
    """The judge has finished.

    Attributes:
        event: Always ``done``.
        evaluations: A report for each file, as ``studio.store.evaluation`` describes it.
        comparisons: Comparisons of several files.
        written: Files that hold the reports.
        pictures: Pictures of the nearest neighbours.
        notes: What to know.
    """

    event: Literal["done"]
    evaluations: list[dict[str, Any]]
    comparisons: list[dict[str, Any]]
    written: list[str]
    pictures: list[str]
    notes: list[str]


class ScoreSummary(TypedDict):
    """What the items of one split get from a model, in nats.

    Attributes:
        split: The split.
        count: Number of its items.
        impossible: How many of them have no likelihood at all; the others are summed up.
        mean: Mean, with its standard ``error``.
        low: A hundredth of them get less; ``median`` and ``high``, which 99 in a hundred stay below, alike.
    """

    split: str
    count: int
    impossible: int
    mean: float | None
    error: float | None
    low: float | None
    median: float | None
    high: float | None


# With a key that is no name in Python.
ScoredItem = TypedDict("ScoredItem", {"item": int, "split": str, "class": str, "nats": float | None})


class ScoreDone(TypedDict):
    """Every item of a data set has its likelihood.

    Attributes:
        event: Always ``done``.
        label: What the numbers are, in words.
        items: Number of items.
        splits: A summary for each split that has items.
        least: The least likely items, the least likely first.
        written: File that holds all of them; empty for none.
        notes: What to know.
    """

    event: Literal["done"]
    label: str
    items: int
    splits: list[ScoreSummary]
    least: list[ScoredItem]
    written: str
    notes: list[str]


class DensityDone(TypedDict):
    """The density of a model over the plane is measured.

    Attributes:
        event: Always ``done``.
        kind: ``exact`` or ``bound``.
        written: File that holds it.
    """

    event: Literal["done"]
    kind: str
    written: str


class RepeatsDone(TypedDict):
    """The near-duplicates of a data set are found.

    Attributes:
        event: Always ``done``.
        items: Number of items.
        repeats: How many of them repeat an earlier one.
        groups: How many are repeated.
        label: Which items are taken for the same, in words.
        written: Array of the first item of each one's group.
    """

    event: Literal["done"]
    items: int
    repeats: int
    groups: int
    label: str
    written: str


class PlanDone(TypedDict):
    """What the installation of a plugin would do was worked out.

    Attributes:
        event: Always ``done``.
        name: Name of the distribution; empty where it must be built first, and nobody said that it may.
        version: Its version.
        lines: What a person agrees to, or why it must be built.
        plan: The same as a document.
    """

    event: Literal["done"]
    name: str
    version: str
    lines: list[str]
    plan: dict[str, Any]


class InstallDone(TypedDict):
    """A plugin was unpacked, turned on or removed.

    Attributes:
        event: Always ``done``.
        name: Name of its distribution.
        version: Its version.
        folder: Where it lies after its removal, to put it back.
    """

    event: Literal["done"]
    name: str
    version: str
    folder: str


class CardDone(TypedDict):
    """The report card of a plugin, as ``studio.store.report_card`` describes it."""

    event: Literal["done"]
    lines: list[dict[str, Any]]
    tried: float


JobEvent = (
    ProgressEvent
    | ErrorEvent
    | ImportDone
    | PreviewDone
    | ExportDone
    | EvaluationDone
    | PlanDone
    | InstallDone
    | CardDone
    | ScoreDone
    | DensityDone
    | RepeatsDone
)
