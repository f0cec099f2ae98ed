"""The process of a plugin that watches a run: beside the training and after the fact, so that it reaches nothing of it.

It is started as ``python -m MODULE RUN DISTRIBUTION ROW``. The trainer's state comes as a line on stdin when the run
ends; where none comes, the trainer was killed.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from studio.core.errors import explain
from studio.core.words import one_line
from studio.hooks.found import find_plugins
from studio.hooks.loader import LoadedPlugin, load_row
from studio.store.switches import plugins_off

__all__ = ["Watch", "plugins_of", "watch_run"]

# Watches a run until it ends: its folder, the distribution, the last row of the metrics that is not new, and what
# gives the state in which the run ended, None until then.
Watch = Callable[[Path, str, int, Callable[[], str | None]], None]


def plugins_of(folder: Path, distribution: str) -> list[LoadedPlugin]:
    """The plugins of a distribution that are on in the workspace of a run.

    Raises:
        PluginError: If one cannot be used.
    """
    rows = find_plugins(off=plugins_off(folder.parent.parent))
    return [load_row(row) for row in rows if row.distribution == distribution]


def watch_run(watch: Watch) -> NoReturn:
    """Watch the run that the arguments name and end the process: 1 with a sentence where the plugin failed."""
    folder, distribution, row = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    said: list[str] = []
    threading.Thread(target=lambda: said.append(sys.stdin.readline().strip() or "interrupted"), daemon=True).start()
    code = 0
    try:
        watch(folder, distribution, row, lambda: said[0] if said else None)
    except BaseException as error:
        print(one_line(explain(error)), file=sys.stderr, flush=True)
        code = 1
    sys.stdout.flush()
    # Threads and exit handlers of a plugin are its own affair.
    os._exit(code)
