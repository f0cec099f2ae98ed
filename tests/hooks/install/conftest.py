"""Fixtures of the installer: wheels, made by hand so that they can be wrong in every way."""

import pytest

from tests.wheels import make_wheel


@pytest.fixture
def wheel(tmp_path, source):
    """Make a wheel of the plugin NAME with the package toy_NAME; see tests/wheels.py."""

    def make(name="mine", **options):
        files = options.pop("files", {f"toy_{name}/__init__.py": source(name)})
        return make_wheel(tmp_path / "wheels", name, files, **options)

    return make


@pytest.fixture
def place(tmp_path):
    """An empty folder for the wheels of a plan."""
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


@pytest.fixture
def tree():
    """Every file below some folders, with what is in it: nothing else may be touched."""

    def look(*folders):
        return {
            path: path.read_bytes() if path.is_file() and not path.is_symlink() else None
            for folder in folders
            for path in sorted(folder.rglob("*"))
        }

    return look
