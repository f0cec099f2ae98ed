"""Keeps the processes in which plugins watch a run: started with it, told how it ended, never waited for long."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from studio.core.errors import explain
from studio.core.safe_mode import in_safe_mode
from studio.core.words import one_line
from studio.store.inside import check_folder, open_append
from studio.store.run import RunDocument

__all__ = ["Observers"]

_PATIENCE_S = 10.0
_LAST_BYTES = 2000
# What a plugin watches a run with: how it is called, and the module of its process.
_OBSERVER = ("observer", "studio.train.observe")
_METRICS = ("metrics", "studio.train.preview_metrics")


class Observers:
    """The plugins that watch one run: observers, and metrics of its previews.

    Args:
        folder: The run's folder.
        run: Its document.
        say: Told what is to be said of one: a kind of event and a sentence.
    """

    def __init__(self, folder: Path, run: RunDocument, say: Callable[[str, str], None]) -> None:
        self._folder = folder
        self._wanted = [
            *((*_OBSERVER, distribution) for distribution in run.observers),
            *((*_METRICS, distribution) for distribution in run.metrics),
        ]
        self._say = say
        self._processes: dict[tuple[str, str], subprocess.Popen[str]] = {}

    def start(self, row: int) -> None:
        """Start them; one that cannot be started is said.

        Args:
            row: Number of the last row of the metrics that is not of this segment.
        """
        for what, module, distribution in self._wanted:
            if in_safe_mode():
                self._say("warning", f"Safe mode leaves out the {what} of '{distribution}'.")
                continue
            try:
                self._processes[what, distribution] = self._start(what, module, distribution, row)
            except OSError as error:
                self._say("warning", f"The {what} of '{distribution}' could not be started: {explain(error)}.")

    def look(self) -> None:
        """Say which have ended, each once."""
        for key, process in list(self._processes.items()):
            if process.poll() is not None:
                del self._processes[key]
                _close(process)
                self._tell(key, "ended")

    def finish(self, state: str) -> None:
        """Tell them how the run ended, and end those that take long over it."""
        self.look()
        for process in self._processes.values():
            _close(process, f"{state}\n")
        for key, process in self._processes.items():
            try:
                if process.wait(_PATIENCE_S):
                    self._tell(key, "failed")
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                what, distribution = key
                self._say("warning", f"The {what} of '{distribution}' did not end with the run and was ended.")
        self._processes.clear()

    def _tell(self, key: tuple[str, str], what_it_did: str) -> None:
        what, distribution = key
        self._say("warning", f"The {what} of '{distribution}' {what_it_did}: {self._last_words(*key)}.")

    def _start(self, what: str, module: str, distribution: str, row: int) -> subprocess.Popen[str]:
        log = self._log(what, distribution)
        check_folder(log.parent)
        log.parent.mkdir(exist_ok=True)
        with open(open_append(log), "ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", module, str(self._folder), distribution, str(row)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
                text=True,
            )

    def _log(self, what: str, distribution: str) -> Path:
        return self._folder / "observers" / f"{distribution}-{what}.log"

    def _last_words(self, what: str, distribution: str) -> str:
        with suppress(OSError):
            data = self._log(what, distribution).read_bytes()[-_LAST_BYTES:]
            lines = data.decode("utf-8", "replace").strip().splitlines()
            if lines:
                return one_line(lines[-1]).rstrip(".")
        return "it said nothing"


def _close(process: subprocess.Popen[str], last: str = "") -> None:
    """Close the pipe to a process, after a last line to it; it may have ended."""
    assert process.stdin is not None
    with suppress(OSError):
        process.stdin.write(last)
    with suppress(OSError):
        process.stdin.close()
