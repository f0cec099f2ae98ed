"""A new plugin is written whole, built, installed by the real installer, and keeps the contract."""

import json
import subprocess
import sys
import tomllib

import pytest

from studio.core.errors import PluginError
from studio.hooks import new_plugin
from studio.hooks.found import find_plugins
from studio.hooks.install.folder import approve, put_in_place
from studio.hooks.install.plan import make_plan
from studio.hooks.new_plugin import write_plugin


def test_every_file_of_the_template_is_written_with_its_name(tmp_path):
    files = write_plugin("soft-edges", tmp_path / "here")
    names = {path.relative_to(tmp_path / "here").as_posix() for path in files}
    assert names == {
        "pyproject.toml",
        "README.md",
        "soft_edges/__init__.py",
        "soft_edges/plugin.py",
        "soft_edges/model.py",
        "soft_edges/studio.json",
        "tests/test_contract.py",
    }
    for path in files:
        text = path.read_text().lower()
        assert "my" + "plugin" not in text.replace("-", "").replace("_", "").replace(" ", "")
    assert json.loads((tmp_path / "here/soft_edges/studio.json").read_text())["families"] == ["soft_edges"]
    project = tomllib.loads((tmp_path / "here/pyproject.toml").read_text())
    assert project["project"]["entry-points"]["studio"] == {"soft_edges": "soft_edges.plugin:plugin"}
    assert "class SoftEdges:" in (tmp_path / "here/soft_edges/plugin.py").read_text()


@pytest.mark.parametrize(
    "name", ["", "Edges", "1st", "a b", "../edges", "edges-", "a--b", "ü", "a" * 41, "a/b", "-o", "edges\n"]
)
def test_a_name_that_is_none(tmp_path, name):
    with pytest.raises(PluginError, match=r"is no name for a plugin: use up to 40 lower case letters"):
        write_plugin(name, tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("class", "Python has a module called 'class' already"),
        ("json", "Python has a module called 'json' already"),
        ("torch", "Python has a module called 'torch' already"),
        ("studio-vae", "Python has a module called 'studio_vae' already"),
        ("vae", "There is a plugin 'vae' already; choose another name."),
    ],
)
def test_a_name_that_is_taken(tmp_path, name, said):
    with pytest.raises(PluginError, match=said):
        write_plugin(name, tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_left_alone(tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("here", "link"):
        with pytest.raises(PluginError, match="is there already; choose another folder with -o"):
            write_plugin("edges", tmp_path / name)
    with pytest.raises(PluginError, match=r"There is no folder .*missing; make it first"):
        write_plugin("edges", tmp_path / "missing" / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "link"]


def test_half_a_plugin_is_never_there(tmp_path, monkeypatch):
    (tmp_path / "icons").mkdir()
    (tmp_path / "icons" / "a").write_bytes(b"\xff")
    monkeypatch.setattr(new_plugin, "resource", lambda name: tmp_path / "icons")
    with pytest.raises(UnicodeDecodeError):
        write_plugin("edges", tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["icons"]


@pytest.mark.slow
def test_it_is_installed_and_its_report_card_is_clean(tmp_path):
    write_plugin("soft-edges", tmp_path / "new")
    place = tmp_path / "place"
    place.mkdir()
    plan = make_plan(str(tmp_path / "new"), place, True, lambda *_: None)
    assert plan.built
    assert plan.plugin.facts.static.title == "Soft edges"
    put_in_place(plan, lambda *_: None)
    words = [sys.executable, "-m", "studio.testing", "soft-edges", "--waiting"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    card = json.loads(done.stdout.splitlines()[-1])
    assert [line for line in card["lines"] if line["state"] != "passed"] == []
    assert len(card["lines"]) >= 12
    approve("soft-edges")
    (row,) = (row for row in find_plugins() if row.name == "soft_edges")
    assert (row.reason, row.static.families) == ("", ("soft_edges",))
