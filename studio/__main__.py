"""The command ``studio``: the window where no verb is given, else the verb."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["VERBS", "main"]

# Said here once more, so that the window opens without importing them.
VERBS = (
    "data",
    "plugins",
    "families",
    "train",
    "runs",
    "export",
    "sample",
    "interpolate",
    "evaluate",
    "score",
    "demo",
    "doctor",
)


def _window_wanted(words: Sequence[str]) -> tuple[Path | None, bool] | None:
    """The workspace to open (None for the default) and safe mode; None where the words mean a verb."""
    workspace: Path | None = None
    safe_mode = False
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--safe-mode":
            safe_mode = True
        elif word == "--workspace" and rest:
            workspace = Path(rest.pop(0))
        elif word.startswith("--workspace="):
            workspace = Path(word.partition("=")[2])
        elif workspace is None and _is_workspace(word):
            workspace = Path(word)
        else:
            return None
    return workspace, safe_mode


def _is_workspace(word: str) -> bool:
    """Whether a word is a folder; one that is called like a verb must be given as ``./data``."""
    if word.startswith("-") or word in VERBS:
        return False
    return "/" in word or "\\" in word or Path(word).is_dir()


def main(words: Sequence[str] | None = None) -> int:
    """Open the window or run a verb; returns the exit status."""
    words = sys.argv[1:] if words is None else words
    wanted = _window_wanted(words)
    if wanted is None:
        from studio.cli import main as run_verb

        return run_verb(words)
    from studio.core.safe_mode import set_safe_mode
    from studio.gui.app import run_window
    from studio.store.place import default_workspace

    workspace, safe_mode = wanted
    if safe_mode:
        set_safe_mode(True)
    return run_window(workspace or default_workspace())


if __name__ == "__main__":
    sys.exit(main())
