"""Plugins are turned off and on; a damaged list turns none off."""

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


def test_a_damaged_list_turns_none_off(tmp_path):
    (tmp_path / "plugins.json").write_text("[")
    assert plugins_off(tmp_path) == frozenset()
    switch_plugin(tmp_path, "vae", on=False)
    assert plugins_off(tmp_path) == {"vae"}
