"""This file holds the events that a job prints, one JSON object a line; the last is ``done`` or ``error``."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = ["ErrorEvent", "ExportDone", "ImportDone", "JobEvent", "ProgressEvent"]


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
    """An import has made a data set: its id and name, its counts, and the shape (H, W, C) of its items."""

    event: Literal["done"]
    dataset: str
    name: str
    items: int
    rejected: int
    classes: list[str]
    shape: list[int]
    splits: dict[str, int]


class ExportDone(TypedDict):
    """An export has made a model: its id and folder, each file's certificate of parity by role, and what to know."""

    event: Literal["done"]
    model: str
    folder: str
    parity: dict[str, dict[str, Any]]
    notes: list[str]


JobEvent = ProgressEvent | ErrorEvent | ImportDone | ExportDone
