"""Speaks to whoever runs a command: progress bars and tables to people, JSON lines to programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from tqdm import tqdm

from studio.core.errors import StudioError

__all__ = ["Terminal", "plain"]


def plain(text: str) -> str:
    """Foreign text with control characters and unpaired surrogates made visible, so that it cannot move the cursor."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


class Terminal:
    """Where a command's output goes.

    Args:
        json_lines: JSON lines on stdout instead of words.
    """

    def __init__(self, json_lines: bool) -> None:
        self.json_lines = json_lines
        self._bar: tqdm[Any] | None = None
        self._stage = ""

    def event(self, **values: Any) -> None:
        """One JSON line; nothing for people."""
        if self.json_lines:
            print(json.dumps(values), flush=True)

    def say(self, text: str) -> None:
        """One line for people, on stderr where it does not mix with results."""
        if not self.json_lines:
            tqdm.write(plain(text), file=sys.stderr)

    def ask(self, question: str, agreed: bool, cure: str) -> bool:
        """Ask a person for a yes.

        Args:
            question: What is asked.
            agreed: Whether the command said yes beforehand.
            cure: How it is said beforehand.

        Raises:
            StudioError: If it was not, and nobody can be asked.
        """
        self.end_progress()
        if agreed:
            return True
        if self.json_lines or not sys.stdin.isatty():
            raise StudioError(f"{question} Nobody can be asked here; {cure}.")
        print(f"{plain(question)} [y/N] ", end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def result(self, document: dict[str, Any], text: str) -> None:
        """The result of the command: a JSON line, or words on stdout."""
        self.end_progress()
        words = "\n".join(plain(line) for line in text.split("\n"))
        print(json.dumps(document) if self.json_lines else words, flush=True)

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """Words in columns."""
        cells = [[plain(cell) for cell in row] for row in [headings, *rows]]
        widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
        lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
        return "\n".join(line.rstrip() for line in lines)

    def progress(self, stage: str, done: int, total: int, note: str = "") -> None:
        """Show how far a stage is; done and total in its own units, a total of 0 is not known yet."""
        if self.json_lines:
            self.event(event="progress", stage=stage, done=done, total=total)
            return
        if self._bar is None or stage != self._stage:
            self.end_progress()
            self._stage = stage
            layout = "{desc}: {percentage:3.0f}% |{bar}| {n_fmt}/{total_fmt} [{elapsed} + {remaining}{postfix}]"
            # Every step is shown: tqdm would learn to skip some, and the next may take long.
            shape = layout if total else None
            self._bar = tqdm(total=total or None, desc=stage, file=sys.stderr, bar_format=shape, miniters=1)
            self._bar.initial = self._bar.n = done
        bar = self._bar
        if total and bar.total != total:
            bar.total = total
        if note:
            # What does not move the bar would not be shown until the next step, which may be long.
            bar.set_postfix_str(note, refresh=done == bar.n)
        bar.update(done - bar.n)

    def end_progress(self) -> None:
        """Finish the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
