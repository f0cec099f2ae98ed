"""Keeps the processes of a run's observers: started with it, told how it ended, and never waited for long."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from studio.core.errors import explain
from studio.core.words import one_line
from studio.store.inside import check_folder, open_append

__all__ = ["Observers"]

_PATIENCE_S = 10.0
_LAST_BYTES = 2000


class Observers:
    """The observers of one run.

    Args:
        folder: The run's folder.
        distributions: Distributions of the plugins that watch it.
        say: Told what is to be said of one: a kind of event and a sentence.
    """

    def __init__(self, folder: Path, distributions: Sequence[str], say: Callable[[str, str], None]) -> None:
        self._folder = folder
        self._distributions = distributions
        self._say = say
        self._processes: dict[str, subprocess.Popen[str]] = {}

    def start(self, row: int) -> None:
        """Start them; one that cannot be started is said.

        Args:
            row: Number of the last row of the metrics that is not of this segment.
        """
        for distribution in self._distributions:
            try:
                self._processes[distribution] = self._start(distribution, row)
            except OSError as error:
                self._say("warning", f"The observer of '{distribution}' was not started: {explain(error)}.")

    def look(self) -> None:
        """Say which have ended, each once."""
        for distribution, process in list(self._processes.items()):
            if process.poll() is not None:
                del self._processes[distribution]
                self._say("warning", f"The observer of '{distribution}' ended: {self._last_words(distribution)}.")

    def finish(self, state: str) -> None:
        """Tell them how the run ended, and end those that take long over it."""
        self.look()
        for process in self._processes.values():
            with suppress(OSError, ValueError):
                assert process.stdin is not None
                process.stdin.write(f"{state}\n")
                process.stdin.close()
        for distribution, process in self._processes.items():
            try:
                if process.wait(_PATIENCE_S):
                    self._say("warning", f"The observer of '{distribution}' failed: {self._last_words(distribution)}.")
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                self._say("warning", f"The observer of '{distribution}' did not end with the run and was ended.")
        self._processes.clear()

    def _start(self, distribution: str, row: int) -> subprocess.Popen[str]:
        log = self._log(distribution)
        check_folder(log.parent)
        log.parent.mkdir(exist_ok=True)
        with open(open_append(log), "ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "studio.jobs.observe", str(self._folder), distribution, str(row)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
                text=True,
            )

    def _log(self, distribution: str) -> Path:
        return self._folder / "observers" / f"{distribution}.log"

    def _last_words(self, distribution: str) -> str:
        with suppress(OSError):
            lines = self._log(distribution).read_bytes()[-_LAST_BYTES:].decode("utf-8", "replace").strip().splitlines()
            if lines:
                return one_line(lines[-1]).rstrip(".")
        return "it said nothing"
