"""The two steps of the window's installation: what would happen, and doing it."""

import argparse

import pytest

from studio.core.errors import PluginError
from studio.hooks.found import find_plugins
from studio.hooks.install.__main__ import plan, put


class Writer:
    def progress(self, stage, done, total):
        pass


def step(**values):
    return argparse.Namespace(**values)


def test_planned_then_put(wheel, place, source):
    done = plan(step(what=str(wheel()), place=place, build=False), Writer())
    assert (done["name"], done["version"]) == ("mine", "1.0")
    assert done["lines"][0] == "mine 1.0"
    assert done["plan"]["plugin"]["plugins"] == {"mine": "toy_mine:plugin"}
    assert "mine" not in {row.name for row in find_plugins()}
    done = put(step(place=place), Writer())
    assert (done["name"], done["version"]) == ("mine", "1.0")
    (row,) = (row for row in find_plugins() if row.name == "mine")
    assert row.reason.startswith("It was not approved yet")


def test_what_was_changed_after_it_was_shown_is_refused(wheel, place):
    plan(step(what=str(wheel()), place=place, build=False), Writer())
    changed = wheel(files={"toy_mine/__init__.py": "evil = 1\n"})
    (kept,) = place.rglob("*.whl")
    kept.write_bytes(changed.read_bytes())
    with pytest.raises(PluginError, match="was changed since it was shown; begin again"):
        put(step(place=place), Writer())


def test_source_is_asked_for_before_anything_of_it_runs(tmp_path, place):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "setup.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    done = plan(step(what=str(folder), place=place, build=False), Writer())
    assert done["name"] == ""
    assert "runs its code with your rights" in done["lines"][0]
    assert not (tmp_path / "ran").exists()
