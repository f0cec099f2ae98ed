"""The importer process: ``python -m studio.data REQUEST.json`` prints one JSON event a line.

With ``--preview`` behind the request it only looks: what an import would make, and some items as they would be, in
``preview.npy`` beside the request. The last event is ``done`` (exit status 0) or ``error`` (1). SIGTERM and SIGINT
cancel: nothing is left behind. When nobody reads the events any more, the import is cancelled too.
"""

from __future__ import annotations

import os

# One thread is enough here, and a fork is safest without others. It must be set before NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import json
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

from studio.core.errors import SettingsError, StudioError, explain
from studio.core.memory import limit_memory
from studio.data.importer import run_import
from studio.data.preview import run_preview
from studio.data.progress import Event
from studio.data.request import ImportRequest

# As much as a decoder may have; a data set of any size is read piece by piece.
_MEMORY_BYTES = 4 * 2**30


class _Cancelled(BaseException):
    """The person, or the system, wants this process to stop."""


class _CancelSignals:
    """Listens to signals until it is closed: the first cancels, the rest must not interrupt the cleaning up."""

    def __init__(self) -> None:
        self.open = True
        self._received = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        first, self._received = not self._received, True
        if first:
            self.check()

    def close(self) -> None:
        """Listen no more; Python's own end would let a late signal kill a process that has said how it ended."""
        self.open = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)

    def check(self) -> None:
        """Cancel, if that was asked: Python drops what a handler raises inside a callback of its own."""
        if self.open and self._received:
            raise _Cancelled


def _send(event: Event) -> None:
    try:
        sys.stdout.write(json.dumps(event, allow_nan=False) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain once more at its end, when it flushes what nobody takes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise _Cancelled from None


def _run(words: list[str], send: Callable[[Event], None]) -> Event:
    """Do what the words ask; returns the last event."""
    if len(words) not in (1, 2) or words[1:] not in ([], ["--preview"]):
        raise SettingsError("The importer takes one request: python -m studio.data REQUEST.json [--preview].")
    limit_memory(_MEMORY_BYTES)
    file = Path(words[0])
    request = ImportRequest.from_json(file.read_bytes())
    if words[1:]:
        return run_preview(request, file.parent / "preview.npy", send)
    document = run_import(request, send)
    return {
        "event": "done",
        "dataset": document.id,
        "name": document.name,
        "items": document.count,
        "rejected": document.rejected,
        "classes": list(document.spec.classes),
        "shape": list(document.spec.shape),
        "splits": dict(document.splits),
    }


def main(words: list[str]) -> int:
    """Run one import, or look at what it would make, and return the exit status."""
    cancel_signals = _CancelSignals()

    def send(event: Event) -> None:
        cancel_signals.check()
        _send(event)

    try:
        last = _run(words, send)
        cancel_signals.close()
        _send(last)
        return 0
    except _Cancelled:
        message = "The import was cancelled; nothing was added."
    except StudioError as error:
        message = explain(error)
    except (OSError, MemoryError) as error:
        message = f"Nothing was imported: {explain(error)}."
    except Exception as error:  # a bug: the sentence for the person, the traceback for the log
        traceback.print_exc()
        message = f"Nothing was imported, because of a fault in the studio: {explain(error)}."
    cancel_signals.close()
    with suppress(_Cancelled):
        _send({"event": "error", "message": message})
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
