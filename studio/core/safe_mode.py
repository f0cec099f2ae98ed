"""Safe mode: nothing of a stranger's plugin is imported, in this process and in every one that it starts."""

from __future__ import annotations

import os

__all__ = ["SAFE_MODE", "in_safe_mode", "set_safe_mode"]

# A variable of the environment, because processes that start others have no arguments of ours to hand on.
SAFE_MODE = "STUDIO_SAFE_MODE"


def in_safe_mode() -> bool:
    """Whether only the plugins that come with the studio are used."""
    return os.environ.get(SAFE_MODE, "") not in ("", "0")


def set_safe_mode(on: bool) -> None:
    """Choose it for this process and for those that it starts from now on."""
    os.environ[SAFE_MODE] = "1" if on else "0"
