"""Asks the one process that imports plugin code, and survives whatever a plugin does to it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from studio.core.errors import PluginError

__all__ = ["ONE_TIMEOUT_S", "TIMEOUT_S", "ask"]

TIMEOUT_S = 30.0
ONE_TIMEOUT_S = 10.0


def ask(arguments: list[str], text: str = "", timeout_s: float | None = None) -> Any:
    """Ask ``python -m studio.hooks`` and return its answer.

    Args:
        arguments: Its arguments.
        text: What it reads on stdin.
        timeout_s: How long it may take; None for what many plugins need.

    Raises:
        PluginError: If it hangs or dies, which a plugin can make it do.
    """
    command = [sys.executable, "-m", "studio.hooks", *arguments]
    try:
        done = subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            timeout=timeout_s or TIMEOUT_S,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        raise PluginError("The declaration does not return; remove the plugin or start with --safe-mode.") from None
    # A plugin may print while it is imported; the answer is the last line.
    lines = done.stdout.strip().splitlines()
    try:
        return json.loads(lines[-1])
    except (IndexError, ValueError):
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise PluginError(
            f"The declaration ended its process ({last[0]}); remove the plugin or start with --safe-mode."
        ) from None
