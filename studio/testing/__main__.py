"""The report card of a plugin: ``python -m studio.testing DISTRIBUTION`` prints JSON lines, the last the card.

What the plugin prints goes to stderr. When the time is up the card says what was not reached.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Iterable
from typing import Any

from studio.core.errors import PluginError
from studio.core.event import CardDone, JobEvent
from studio.core.event_writer import EventWriter, run_job
from studio.store.report_card import CardLine

__all__ = ["make_card"]


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m studio.testing")
    parser.add_argument("distribution")
    parser.add_argument("--waiting", action="store_true", help="the version that was not turned on yet")
    parser.add_argument("--seconds", type=float, default=300.0, help="how long it may take")
    return parser.parse_args()


def make_card(options: argparse.Namespace, writer: EventWriter) -> JobEvent:
    """Try the plugins of a distribution; returns the last event.

    Raises:
        PluginError: If there is none, or it cannot be imported.
    """
    import torch

    from studio.hooks.found import every_plugin, waiting_rows
    from studio.hooks.loader import load_row
    from studio.store.plugin_folder import folder_name
    from studio.testing.card import CardWriter, checks_of

    torch.set_num_threads(max(1, min(2, os.cpu_count() or 1)))
    if options.waiting:
        rows = waiting_rows(options.distribution)
    else:
        rows = [row for row in every_plugin() if folder_name(row.distribution) == folder_name(options.distribution)]
    if not rows:
        raise PluginError(f"There is no plugin of '{options.distribution}'; 'studio plugins list' shows what there is.")
    tests: list[tuple[str, str, Any]] = []
    for row in rows:
        tests += checks_of(load_row(row), row.static.check)
    card = CardWriter(tests, writer.progress)
    ended = threading.Event()

    def end() -> None:
        if not ended.wait(options.seconds):
            # Nothing else ends a training that hangs.
            writer.send(_done(card.lines()))
            os._exit(0)

    threading.Thread(target=end, daemon=True).start()
    card.run()
    ended.set()
    return _done(card.lines())


def _done(lines: Iterable[CardLine]) -> CardDone:
    return {"event": "done", "lines": [line.model_dump(mode="json") for line in lines], "tried": time.time()}


def main() -> int:
    """Print the card; 0 when it was made, whatever it says."""
    options = _parse()
    # Over a descriptor of its own: whatever the plugin prints is not the card.
    private = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return run_job(lambda writer: make_card(options, writer), "The check was cancelled.", stream=private)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Threads and exit handlers of a plugin are its own affair.
    os._exit(code)
