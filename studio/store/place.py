"""Says where things are when nobody names a place: the workspace, the plugins, the catalogue's answers."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

__all__ = ["catalogue_folder", "default_workspace", "plugins_folder"]

_APP = "generative-studio"


def default_workspace() -> Path:
    """STUDIO_WORKSPACE, else the user's data folder."""
    named = os.environ.get("STUDIO_WORKSPACE")
    return Path(named) if named else Path(platformdirs.user_data_dir(_APP, appauthor=False))


def plugins_folder() -> Path:
    """Where plugins are installed: STUDIO_PLUGINS, else a folder of the user's own beside the workspace."""
    named = os.environ.get("STUDIO_PLUGINS")
    return Path(named) if named else Path(platformdirs.user_data_dir(f"{_APP}-plugins", appauthor=False))


def catalogue_folder() -> Path:
    """Where the answers of plugins are kept: in the user's cache, for they can be asked again."""
    return Path(platformdirs.user_cache_dir(_APP, appauthor=False)) / "catalogue"
