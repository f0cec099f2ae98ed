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
    return run_window(parser.parse_args().workspace)


if __name__ == "__main__":
    sys.exit(main())
