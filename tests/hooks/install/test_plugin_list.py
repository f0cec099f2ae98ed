"""A list of plugins: written here, the same installed elsewhere."""

import json

import pytest

from studio.core.errors import PluginError
from studio.hooks.install.folder import approve, put_in_place
from studio.hooks.install.plan import InstallPlan, PlannedWheel
from studio.hooks.install.plugin_list import list_plugins, read_list
from studio.hooks.install.wheel import read_wheel


@pytest.fixture
def plan(wheel):
    def make(**options):
        path = wheel(**options)
        return InstallPlan(PlannedWheel(path, read_wheel(path)))

    return make


def test_what_is_approved_is_listed_and_read_back(plan, tmp_path):
    made = plan()
    put_in_place(made, lambda *_: None)
    assert list_plugins()["plugins"] == []
    approve("mine")
    (tmp_path / "list.json").write_text(json.dumps(list_plugins()))
    (listed,) = read_list(tmp_path / "list.json")
    assert (listed.name, listed.version, listed.wheels[0].sha256) == ("mine", "1.0", made.plugin.facts.sha256)
    listed.check(made)


def test_another_wheel_of_the_same_name_is_refused(plan, tmp_path):
    made = plan()
    put_in_place(made, lambda *_: None)
    approve("mine")
    (tmp_path / "list.json").write_text(json.dumps(list_plugins()))
    (listed,) = read_list(tmp_path / "list.json")
    with pytest.raises(PluginError, match="is not the one that the list names: its sha256 is "):
        listed.check(plan(files={"toy_mine/__init__.py": "other = 1\n"}))


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"format": 1}', '{"format": 1, "plugins": [{"name": "--x", "version": "1", "wheels": []}]}', "\x00"],
)
def test_what_is_no_list(tmp_path, text):
    (tmp_path / "list.json").write_text(text)
    with pytest.raises(PluginError) as raised:
        read_list(tmp_path / "list.json")
    assert "\n" not in str(raised.value)
