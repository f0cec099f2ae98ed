"""The process ``python -m studio.data.exclude REQUEST.json``: makes a data set of another one without some items.

It prints one JSON event a line; the last is ``done``, as an import's is (exit status 0), or ``error`` (1). SIGTERM and
SIGINT cancel: nothing is left behind.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from studio.core.errors import SettingsError, StudioError, explain
from studio.core.event import JobEvent
from studio.core.event_writer import run_job
from studio.data.derive import run_exclusion
from studio.data.exclusion import ExclusionRequest
from studio.data.making import import_done

__all__ = ["main"]


def _run(words: list[str], send: Callable[[JobEvent], None]) -> JobEvent:
    if len(words) != 1:
        raise SettingsError("It takes one request: python -m studio.data.exclude REQUEST.json.")
    request = ExclusionRequest.from_json(Path(words[0]).read_bytes())
    return import_done(run_exclusion(request, send))


def _describe(error: Exception) -> str:
    return explain(error) if isinstance(error, StudioError) else f"No data set was made: {explain(error)}."


def main(words: list[str]) -> int:
    """Make the data set, and return the exit status."""
    cancelled = "It was cancelled; no data set was made."
    return run_job(lambda writer: _run(words, writer.send), cancelled, _describe)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
