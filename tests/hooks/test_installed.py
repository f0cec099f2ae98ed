"""The catalogue of a workspace: without what it turned off, and kept where nothing else looks for it."""

from studio.hooks.installed import installed_plugins
from studio.store.switches import switch_plugin


def test_it_is_kept_in_the_workspace_apart_for_safe_mode(workspace):
    assert installed_plugins(workspace, read_only=True, safe_mode=True).plugin_of("vae").bundled
    assert not list(workspace.path.glob("catalogue*.json"))
    installed_plugins(workspace, safe_mode=True)
    installed_plugins(workspace)
    assert sorted(path.name for path in workspace.path.glob("catalogue*.json")) == [
        "catalogue-safe.json",
        "catalogue.json",
    ]


def test_what_is_turned_off_brings_nothing(workspace):
    switch_plugin(workspace.path, "vae", on=False)
    vae = next(plugin for plugin in installed_plugins(workspace, safe_mode=True).plugins if plugin.name == "vae")
    assert vae.off
    assert vae.families == ()
