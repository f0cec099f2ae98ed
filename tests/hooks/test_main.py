"""What the process that imports plugins answers."""

import subprocess
import sys

from studio.hooks.__main__ import respond


def test_the_bundled_plugins_are_described():
    answer = respond([])
    assert {plugin["name"] for plugin in answer["plugins"]} == {"autoregressive", "diffusion", "flow", "gan", "vae"}
    assert all(plugin["families"] and plugin["seconds"] > 0 for plugin in answer["plugins"])
    assert "batch_size" in answer["train_schema"]["properties"]


def test_those_of_another_distribution_are_not_there(install, source):
    install("mine", source("mine"))
    assert "mine" not in {plugin["name"] for plugin in respond([])["plugins"]}


def test_settings_are_checked_and_completed():
    answer = respond(["--validate", "vae"], '{"train.steps": 5, "channels": 16}')
    assert answer["kind"] == ""
    assert answer["train"]["steps"] == 5
    assert answer["settings"]["channels"] == 16


def test_a_setting_out_of_bounds_is_named():
    answer = respond(["--validate", "vae"], '{"train.batch_size": -1}')
    assert answer["kind"] == "SettingsError"
    assert list(answer["fields"]) == ["train.batch_size"]


def test_a_family_that_is_not_there():
    answer = respond(["--validate", "smell"])
    assert answer["kind"] == "PluginError"
    assert "smell" in answer["message"]
    assert answer["fields"] == {}


def test_it_ends_without_what_a_plugin_left_for_the_exit(install, source):
    install("bye", "import atexit\natexit.register(lambda: print('null'))\nprint('[]')\n" + source("bye"))
    words = [sys.executable, "-m", "studio.hooks", "--distribution", "bye"]
    done = subprocess.run(words, input="", capture_output=True, text=True, check=True)
    assert done.stdout.startswith('{"plugins": [{"name": "bye"')
    assert done.stdout.endswith("}}")
    assert "[]" in done.stderr
