"""The command ``studio``: its verbs, and what happens when one of them fails."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from studio.cli import data, demo, doctor, evaluate, interpolate, models, plugins, runs, score, train
from studio.cli.terminal import Terminal, plain
from studio.core.errors import StudioError, explain
from studio.core.safe_mode import set_safe_mode
from studio.store.place import default_workspace
from studio.version import VERSION

__all__ = ["main"]

_VERBS = (data, plugins, train, runs, models, interpolate, evaluate, score, demo, doctor)


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line like every other; ``studio VERB --help`` has the usage."""

    def error(self, message: str) -> NoReturn:
        """End with the sentence of what is wrong with the words of the command."""
        self.exit(2, f"studio: {plain(message)}; '{self.prog} --help' shows what there is.\n")


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--workspace", type=Path, metavar="DIR", help="folder of data sets, runs and models")
    common.add_argument("--json", action="store_true", help="print JSON lines instead of words")
    common.add_argument("--safe-mode", action="store_true", help="use the bundled plugins only")
    parser = _Parser(
        prog="studio",
        description="Train generative models on your own data, and sample them. Without a verb the window opens.",
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"Generative Studio {VERSION}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for module in _VERBS:
        module.add_verbs(verbs, common)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status: 0, 1 with one sentence on stderr, 2 for wrong words, 130 for Ctrl+C."""
    options = _parser().parse_args(arguments)
    options.workspace = getattr(options, "workspace", None) or default_workspace()
    if getattr(options, "safe_mode", False):
        set_safe_mode(True)
    terminal = Terminal(getattr(options, "json", False))
    try:
        return int(options.action(options, terminal) or 0)
    except KeyboardInterrupt:
        terminal.end_progress()
        print("studio: cancelled.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has gone, as in `studio runs list | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        terminal.end_progress()
        if os.environ.get("STUDIO_TRACEBACK") and not isinstance(error, StudioError):
            traceback.print_exc()
        print(f"studio: {plain(explain(error))}", file=sys.stderr)
        return 1
