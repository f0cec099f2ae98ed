"""The conformance suite: what every family must keep, ours and a stranger's.

A plugin's author writes one test file and runs it with pytest::

    from studio.testing import FamilyContract
    from my_package.plugin import plugin

    class TestMyFamily(FamilyContract):
        plugin = plugin
        settings = {"channels": 8}          # small, so that the suite is quick

Of a plugin that declares several families each has a class, with its id as ``family``.
"""

from studio.testing.contract import FamilyContract
from studio.testing.toy_data import toy_data, toy_dataset, toy_mixed_table, toy_table
from studio.testing.trial import Killed, Trial, family_of

__all__ = ["FamilyContract", "Killed", "Trial", "family_of", "toy_data", "toy_dataset", "toy_mixed_table", "toy_table"]
