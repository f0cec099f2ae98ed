"""What a plugin says of itself without being imported, and where it is looked for."""

import importlib.metadata

import pytest

from studio.core.errors import PluginError
from studio.hooks.static import packages_of, read_static, refuse_api


def test_without_a_manifest_nothing_is_said(tmp_path):
    assert read_static([tmp_path / "missing", tmp_path]).families == ()


def test_the_first_that_is_there_counts(tmp_path):
    (tmp_path / "studio.json").write_text('{"title": "One"}')
    assert read_static([tmp_path / "missing", tmp_path]).title == "One"


def test_one_that_cannot_be_read(tmp_path):
    (tmp_path / "studio.json").mkdir()
    with pytest.raises(PluginError, match=r"^Its studio\.json cannot be read: "):
        read_static([tmp_path])


def test_a_package_that_is_edited_elsewhere_is_found_by_its_name(install, site, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "toy_editable").mkdir(parents=True)
    (elsewhere / "toy_editable" / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(elsewhere))
    install("mine", "", "[studio]\nmine = toy_editable.plugin:plugin\n")
    installed = importlib.metadata.distribution("mine")
    (entry,) = installed.entry_points
    assert packages_of(entry, installed) == [elsewhere / "toy_editable"]


@pytest.mark.parametrize("api", [(1, 1), [0, 9]])
def test_versions_that_hold_this_one(api):
    refuse_api(api, "toy")


@pytest.mark.parametrize("api", [None, (1,), (1.0, 2.0), (2, 2), "11"])
def test_versions_that_do_not(api):
    with pytest.raises(PluginError, match="The plugin 'toy'"):
        refuse_api(api, "toy")
