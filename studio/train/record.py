"""Writes down what a run was planned to be, and with how many threads, each with the step it holds from.

A resumed run follows the record up to its end, also where that lies behind the checkpoint that it goes on from.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.core.bounded import Count
from studio.core.errors import WorkspaceError, explain
from studio.store.atomic import read_document, write_document
from studio.store.inside import check_folder
from studio.train.budget import Plan

__all__ = ["PlanRecord"]

log = logging.getLogger("studio.train")
_NAME = "plans.json"


class _PlanEntry(BaseModel):
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    step: Count
    progress: float = Field(ge=0, le=1)
    steps: Count


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore")

    plans: list[_PlanEntry] = []
    threads: dict[Count, Annotated[int, Field(gt=0, le=1024)]] = {}


class PlanRecord:
    """The document ``plans.json`` of a run.

    Args:
        folder: The run's folder.

    Attributes:
        plans: The plans, in the order of their steps.
        threads: Number of threads by the step from which it holds, in the order of the steps.
        message: What was wrong with the document; empty where nothing was.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME
        self.plans: list[Plan] = []
        self.threads: dict[int, int] = {}
        self.message = ""
        if not self._path.exists():
            return
        try:
            document = _Document.model_validate(read_document(self._path))
        except (WorkspaceError, ValidationError):
            self.message = "The record of this run's plans is damaged; it is planned anew from its checkpoint."
            return
        plans = [Plan(**entry.model_dump()) for entry in document.plans if entry.steps > entry.step]
        plans.sort(key=lambda plan: plan.step)
        # Without a plan of its beginning a run has no length there.
        self.plans = plans if plans and plans[0].step == 0 else []
        self.threads = dict(sorted(document.threads.items()))

    def threads_at(self, step: int) -> int | None:
        """The number of threads that was used at a step; None where none is recorded."""
        return next((count for begun, count in reversed(self.threads.items()) if begun <= step), None)

    def knows_threads_after(self, step: int) -> bool:
        """Whether a number of threads is recorded for a later step."""
        return any(begun > step for begun in self.threads)

    def add_threads(self, step: int, count: int) -> None:
        """Write down with how many threads it computes from a step on."""
        self.threads = {begun: kept for begun, kept in self.threads.items() if begun < step} | {step: count}
        self._write()

    def set_plans(self, plans: list[Plan]) -> None:
        """Write down the plans."""
        self.plans = list(plans)
        self._write()

    def _write(self) -> None:
        document: Mapping[str, object] = {
            "plans": [asdict(plan) for plan in self.plans],
            "threads": {str(step): count for step, count in self.threads.items()},
        }
        try:
            check_folder(self._path.parent)
            write_document(self._path, document)
        except (OSError, WorkspaceError) as error:
            # Every checkpoint holds the plans too; only what lies behind the last one is lost.
            log.warning("the plan could not be written down: %s", explain(error))
