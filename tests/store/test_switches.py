"""Plugins are turned off and on; a damaged list turns none on again by itself."""

import pytest

from studio.core.errors import WorkspaceError
from studio.store.switches import plugins_off, switch_plugin


def test_off_and_on(tmp_path):
    assert plugins_off(tmp_path) == frozenset()
    switch_plugin(tmp_path, "vae", on=False)
    switch_plugin(tmp_path, "gan", on=False)
    switch_plugin(tmp_path, "gan", on=False)
    assert plugins_off(tmp_path) == {"vae", "gan"}
    switch_plugin(tmp_path, "vae", on=True)
    switch_plugin(tmp_path, "never", on=True)
    assert plugins_off(tmp_path) == {"gan"}


@pytest.mark.parametrize("text", ["[", '{"format": 1, "off": null}', '{"format": 1, "off": [1]}', '{"format": 9}'])
def test_a_damaged_list_is_said(tmp_path, text):
    (tmp_path / "plugins.json").write_text(text)
    for act in (lambda: plugins_off(tmp_path), lambda: switch_plugin(tmp_path, "vae", on=False)):
        with pytest.raises(WorkspaceError, match=r"plugins\.json"):
            act()
    assert (tmp_path / "plugins.json").read_text() == text
