"""The words of the catalogue's process, answered with one line of JSON."""

import io
import json
import sys

import pytest

from studio.hooks.__main__ import main


@pytest.fixture
def ask(monkeypatch, capsys):
    """Say words to it; gives the last line that it prints."""

    def say(*words, text=""):
        monkeypatch.setattr(sys, "argv", ["studio.hooks", *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        main()
        return json.loads(capsys.readouterr().out.splitlines()[-1])

    return say


def test_the_catalogue_leaves_out_what_is_off(ask):
    plugins = {plugin["name"]: plugin for plugin in ask("--safe-mode", "--off", "gan")["plugins"]}
    assert {"vae", "gan", "flow"} <= plugins.keys()
    assert plugins["gan"]["off"]
    assert plugins["gan"]["families"] == []
    assert [family["id"] for family in plugins["vae"]["families"]] == ["vae"]


def test_settings_are_checked_and_completed(ask):
    answer = ask("--validate", "vae", text='{"train.steps": 5, "channels": 16}')
    assert answer["kind"] == ""
    assert answer["train"]["steps"] == 5
    assert answer["settings"]["channels"] == 16


def test_a_setting_out_of_bounds_is_named(ask):
    answer = ask("--validate", "vae", text='{"train.batch_size": -1}')
    assert answer["kind"] == "SettingsError"
    assert list(answer["fields"]) == ["train.batch_size"]


def test_a_family_that_is_not_there(ask):
    answer = ask("--validate", "smell")
    assert answer["kind"] == "PluginError"
    assert "smell" in answer["message"]
    assert answer["fields"] == {}
