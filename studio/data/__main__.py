"""The importer process: ``python -m studio.data REQUEST.json`` prints one JSON event a line.

With ``--preview`` behind the request it only looks: what an import would make, and some items as they would be, in
``preview.npy`` beside the request. The last event is ``done`` (exit status 0) or ``error`` (1). SIGTERM and SIGINT
cancel: nothing is left behind. When nobody reads the events any more, the import is cancelled too.
"""

from __future__ import annotations

import os

# One thread is enough here, and a fork is safest without others. It must be set before NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
from collections.abc import Callable
from pathlib import Path

from studio.core.errors import SettingsError, StudioError, explain
from studio.core.event import JobEvent
from studio.core.event_writer import run_job
from studio.core.memory import limit_memory
from studio.data.importer import run_import
from studio.data.making import import_done
from studio.data.preview import run_preview
from studio.data.request import ImportRequest

# As much as a decoder may have; a data set of any size is read piece by piece.
_MEMORY_BYTES = 4 * 2**30


def _run(words: list[str], send: Callable[[JobEvent], None]) -> JobEvent:
    """Do what the words ask; returns the last event."""
    if len(words) not in (1, 2) or words[1:] not in ([], ["--preview"]):
        raise SettingsError("The importer takes one request: python -m studio.data REQUEST.json [--preview].")
    limit_memory(_MEMORY_BYTES)
    file = Path(words[0])
    request = ImportRequest.from_json(file.read_bytes())
    if words[1:]:
        return run_preview(request, file.parent / "preview.npy", send)
    return import_done(run_import(request, send))


def _describe(error: Exception) -> str:
    if isinstance(error, StudioError):
        return explain(error)
    if isinstance(error, OSError | MemoryError):
        return f"Nothing was imported: {explain(error)}."
    return f"Nothing was imported, because of a fault in the studio: {explain(error)}."


def main(words: list[str]) -> int:
    """Run one import, or look at what it would make, and return the exit status."""
    cancelled = "The import was cancelled; nothing was added."
    return run_job(lambda writer: _run(words, writer.send), cancelled, _describe)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
