"""Asks which plugins are installed, on behalf of a page."""

from __future__ import annotations

from studio.gui.page import PageContext
from studio.hooks.catalogue import Catalogue, read_catalogue
from studio.store.switches import plugins_off

__all__ = ["installed_plugins"]


def installed_plugins(context: PageContext) -> Catalogue:
    """The catalogue of a workspace; some seconds where it is not cached, so call it in a task.

    Raises:
        StudioError: If it cannot be had.
    """
    path = context.workspace.path
    cache = None if context.read_only else path / ("catalogue-safe.json" if context.safe_mode else "catalogue.json")
    return read_catalogue(cache, context.safe_mode, plugins_off(path))
