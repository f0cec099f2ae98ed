"""Says where the workspace is when nobody names one."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

__all__ = ["default_workspace"]


def default_workspace() -> Path:
    """STUDIO_WORKSPACE, else the user's data folder."""
    named = os.environ.get("STUDIO_WORKSPACE")
    return Path(named) if named else Path(platformdirs.user_data_dir("generative-studio", appauthor=False))
