"""Asks runs to pause, to go on, to stop, to save or to draw, one thing at a time for each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from studio.desk.context import Worker
from studio.jobs.control import command_run, resume_run, stop_run
from studio.store.workspace import Workspace

__all__ = ["RunControl", "RunRequestName"]

RunRequestName = Literal["pause", "resume", "stop", "end", "save now", "sample now"]


class RunControl:
    """What runs are asked; a trainer may take as long as a step to answer.

    Args:
        workspace: The runs' workspace.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._waiting: dict[Path, RunRequestName] = {}

    def waiting(self, run: Path) -> str:
        """What a run was asked and has not answered yet; empty for nothing."""
        return self._waiting.get(run, "")

    def ask(
        self,
        worker: Worker,
        run: Path,
        name: RunRequestName,
        then: Callable[[str], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> bool:
        """Ask something of a run.

        Args:
            worker: For whom; the answer is a word of the trainer's, or empty.
            run: The run.
            name: What is asked; ``end`` does not wait for a trainer that hangs.
            then: Called with the answer.
            failed: Called with what went wrong; without it the window shows the error.

        Returns:
            Whether it was asked; not where an earlier question has no answer yet.
        """
        if run in self._waiting:
            return False
        self._waiting[run] = name

        def work() -> str:
            try:
                return self._act(run, name)
            finally:
                self._waiting.pop(run, None)

        worker.run(work, then, failed, alone=True)
        return True

    def _act(self, run: Path, name: RunRequestName) -> str:
        match name:
            case "pause":
                return command_run(run, "pause")
            case "save now":
                return command_run(run, "save_now")
            case "sample now":
                return command_run(run, "sample_now")
            case "resume":
                resume_run(self._workspace, run)
                return ""
            case _:
                return stop_run(self._workspace, run, force=name == "end")
