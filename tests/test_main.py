"""The command ``studio``: which words open the window, and which are verbs."""

import argparse
import sys
from pathlib import Path

import pytest

from studio.__main__ import VERBS, _window_wanted, main
from studio.core.safe_mode import in_safe_mode, set_safe_mode


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a workspace, and a folder that is called like a verb."""
    monkeypatch.chdir(tmp_path)
    for name in ("mine", "data", "train"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("words", "workspace", "safe_mode"),
    [
        ([], None, False),
        (["mine"], "mine", False),
        (["./new"], "./new", False),
        (["./data"], "./data", False),
        (["data/"], "data/", False),
        (["--workspace", "data"], "data", False),
        (["/tmp/new"], "/tmp/new", False),
        (["~/new"], "~/new", False),
        (["--workspace", "new"], "new", False),
        (["--workspace=new"], "new", False),
        (["--safe-mode"], None, True),
        (["--safe-mode", "mine"], "mine", True),
        (["mine", "--safe-mode"], "mine", True),
    ],
)
def test_words_that_open_the_window(here, words, workspace, safe_mode):
    assert _window_wanted(words) == (None if workspace is None else Path(workspace), safe_mode)


@pytest.mark.parametrize(
    "words",
    [
        ["doctor"],
        ["data"],
        ["train"],
        ["--safe-mode", "data"],
        ["data", "list"],
        ["data", "add", "mine"],
        ["--workspace", "new", "data", "list"],
        ["train", "digits", "--family", "vae"],
        ["--help"],
        ["-h"],
        ["--version"],
        ["nonsense"],
        ["mine", "other"],
        ["--workspace"],
    ],
)
def test_words_that_are_verbs(here, words):
    assert _window_wanted(words) is None


def test_every_verb_of_the_command_line_is_known():
    from studio.cli.app import _parser

    (verbs,) = [action for action in _parser()._actions if isinstance(action, argparse._SubParsersAction)]
    assert sorted(VERBS) == sorted(verbs.choices)


@pytest.fixture
def windows(monkeypatch):
    """What would have been opened."""
    import studio.gui.app

    opened = []
    monkeypatch.setattr(studio.gui.app, "run_window", lambda path: opened.append((path, in_safe_mode())) or 0)
    return opened


def test_the_window_opens_on_what_was_asked_for(here, windows, monkeypatch):
    assert main(["mine", "--safe-mode"]) == 0
    set_safe_mode(False)
    monkeypatch.setenv("STUDIO_WORKSPACE", str(here / "of the environment"))
    assert main([]) == 0
    assert windows == [(Path("mine"), True), (here / "of the environment", False)]


def test_a_verb_does_not_open_it_nor_import_qt(here, windows, capsys, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("PySide6")]:
        monkeypatch.delitem(sys.modules, name)
    assert main(["data", "list", "--workspace", str(here / "w")]) == 0
    assert windows == []
    assert not [name for name in sys.modules if name.startswith("PySide6")]


def test_a_word_that_is_neither(here, capsys):
    try:
        status = main(["nonsense"])
    except SystemExit as error:
        status = error.code
    assert status == 2
    said = capsys.readouterr().err
    assert "nonsense" in said
    assert "Traceback" not in said
