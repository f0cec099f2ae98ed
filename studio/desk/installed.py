"""Asks which plugins are installed."""

from __future__ import annotations

from studio.hooks.catalogue import Catalogue, read_catalogue
from studio.store.switches import plugins_off
from studio.store.workspace import Workspace

__all__ = ["installed_plugins"]


def installed_plugins(workspace: Workspace, read_only: bool, safe_mode: bool) -> Catalogue:
    """The catalogue of a workspace; some seconds where it is not cached, so call it in a task.

    Args:
        workspace: The workspace.
        read_only: Nothing can be cached in it.
        safe_mode: The bundled plugins only.

    Raises:
        StudioError: If it cannot be had.
    """
    path = workspace.path
    cache = None if read_only else path / ("catalogue-safe.json" if safe_mode else "catalogue.json")
    return read_catalogue(cache, safe_mode, plugins_off(path))
