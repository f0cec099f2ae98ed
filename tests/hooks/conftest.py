"""Fixtures of the hooks: real distributions, made on the spot and put before the child processes' path."""

import hashlib
import shutil
import textwrap
from pathlib import Path

import pytest

from studio.hooks.found import BUNDLED
from studio.hooks.installed import read_catalogue
from studio.store.place import catalogue_folder
from studio.store.plugin_folder import folder_name

GOOD = """
from dataclasses import replace

from studio.api import Family, FamilySettings, Preset, hookimpl


class Settings(FamilySettings):
    lr: float = 0.1


class Plugin:
    @hookimpl
    def studio_families(self):
        first = Family(ID, "Title", "Summary.", Settings, ("loss", "min"), presets=PRESETS)
        return [first]

    @hookimpl
    def studio_train(self, session):
        pass

    @hookimpl
    def studio_sample(self, trained):
        return None


plugin = Plugin()
"""


@pytest.fixture(scope="session")
def bundled_answer():
    """The file with what the bundled plugins answer, which is the same in every test."""
    read_catalogue(bundled_only=True)
    return catalogue_folder() / f"{hashlib.sha256(folder_name(BUNDLED).encode()).hexdigest()[:32]}.json"


@pytest.fixture(autouse=True)
def _own_answers(_own_home, monkeypatch, bundled_answer):
    """No test reads what strangers answered in another."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(Path.home() / "cache"))
    catalogue_folder().mkdir(parents=True)
    shutil.copy(bundled_answer, catalogue_folder())


@pytest.fixture
def source():
    """The source of a plugin that keeps the contract, of one family or more."""

    def make(id, presets="()", more=()):
        others = "".join(f", replace(first, id={other!r})" for other in more)
        declared = GOOD.replace("[first]", f"[first{others}]")
        return declared.replace("ID,", f"{id!r},").replace("PRESETS", presets)

    return make


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of installed packages that this process and its children see."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.syspath_prepend(str(folder))
    return folder


@pytest.fixture
def install(site):
    """Install a distribution NAME of one package toy_NAME with an entry point NAME; gives its source file."""

    def make(name, source, entries=None, metadata="Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"):
        package = site / f"toy_{name}"
        package.mkdir()
        file = package / "__init__.py"
        file.write_text(textwrap.dedent(source))
        info = site / f"{name}-1.0.dist-info"
        info.mkdir()
        if metadata is not None:
            (info / "METADATA").write_text(metadata.format(name=name))
        (info / "entry_points.txt").write_text(entries or f"[studio]\n{name} = toy_{name}:plugin\n")
        return file

    return make
