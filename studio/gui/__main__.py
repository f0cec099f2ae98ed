"""The window's process: ``python -m studio.gui WORKSPACE``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from studio.gui.app import run_window


def main() -> int:
    """Open the window on a workspace."""
    parser = argparse.ArgumentParser(prog="python -m studio.gui")
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--safe-mode", action="store_true", help="the bundled plugins only")
    options = parser.parse_args()
    return run_window(options.workspace, options.safe_mode)


if __name__ == "__main__":
    sys.exit(main())
