"""Asks 'studio doctor' what works on this machine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

__all__ = ["ask_doctor"]


def ask_doctor(workspace: Path) -> list[dict[str, str]]:
    """Run ``studio doctor``; some seconds, since it loads every library.

    Raises:
        OSError: If it does not answer.
    """
    command = [sys.executable, "-m", "studio.cli", "doctor", "--json", "--workspace", str(workspace)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    for line in reversed(done.stdout.splitlines()):
        try:
            document: Any = json.loads(line)
        except ValueError:
            continue
        if isinstance(document, dict) and "findings" in document:
            return list(document["findings"])
    raise OSError(0, f"'studio doctor' did not answer: {done.stderr.strip()[-200:]}")
