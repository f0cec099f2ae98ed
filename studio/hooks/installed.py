"""Asks which plugins are installed, on behalf of a workspace: those it turned off, and where it keeps the answer."""

from __future__ import annotations

from studio.hooks.catalogue import Catalogue, read_catalogue
from studio.store.switches import plugins_off
from studio.store.workspace import Workspace

__all__ = ["installed_plugins"]


def installed_plugins(workspace: Workspace, safe_mode: bool = False, read_only: bool = False) -> Catalogue:
    """The catalogue of a workspace; some seconds where it is not cached, so a window calls it in a thread.

    Args:
        workspace: The workspace.
        safe_mode: The bundled plugins only.
        read_only: Nothing can be cached in it.

    Raises:
        StudioError: If it cannot be had.
    """
    name = "catalogue-safe.json" if safe_mode else "catalogue.json"
    cache = None if read_only else workspace.path / name
    return read_catalogue(cache, safe_mode, plugins_off(workspace.path))
