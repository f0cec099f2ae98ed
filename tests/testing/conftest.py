"""Plugins that are made on the spot, as in the tests of the hooks."""

from tests.hooks.conftest import install, site, source

__all__ = ["install", "site", "source"]
