"""Fixtures of the packages: each is built once, and installed by the real installer into the test's own home."""

import sys

import pytest

from studio.hooks.found import find_plugins
from studio.hooks.install.folder import approve, put_in_place
from studio.hooks.install.plan import make_plan
from tests.conftest import REPOSITORY


@pytest.fixture(scope="session")
def plan_of(tmp_path_factory):
    """The plan of a package's folder, its wheel built once."""
    plans = {}

    def make(folder):
        if folder not in plans:
            source = str(REPOSITORY / "tests" / "packages" / folder)
            plans[folder] = make_plan(source, tmp_path_factory.mktemp(folder), True, lambda *_: None)
        return plans[folder]

    return make


@pytest.fixture
def installed(plan_of, monkeypatch):
    """Install a package and turn it on; gives its plugin's row."""

    def make(folder):
        monkeypatch.setattr(sys, "path", [*sys.path])
        name = put_in_place(plan_of(folder), lambda *_: None).lock.name
        approve(name)
        (row,) = (row for row in find_plugins() if row.distribution == name)
        return row

    return make
