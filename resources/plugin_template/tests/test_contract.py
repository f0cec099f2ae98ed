"""The conformance suite of the studio over this plugin: run pytest."""

from my_plugin.plugin import plugin

from studio.testing import FamilyContract


class TestMyPlugin(FamilyContract):
    """Of a larger network give ``settings`` that make it small, so that this takes seconds."""

    plugin = plugin
