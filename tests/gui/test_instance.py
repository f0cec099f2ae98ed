"""A second start on a workspace brings the first window to the front."""

import os
import subprocess
import sys
import time

import pytest
from PySide6.QtNetwork import QLocalServer

from studio.gui.instance import Instance, _address, raise_other


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "workspace"


def ask(folder):
    """As a second process does."""
    code = (
        "import sys; from pathlib import Path; from PySide6.QtCore import QCoreApplication; "
        "a = QCoreApplication([]); from studio.gui.instance import raise_other; "
        "print(raise_other(Path(sys.argv[1])))"
    )
    return subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True)


@pytest.mark.fault("C4")
def test_the_second_is_heard_by_the_first(app, folder, wait_until):
    instance = Instance(folder)
    wanted = []
    instance.raise_wanted.connect(lambda: wanted.append(1))
    second = ask(folder)
    wait_until(lambda: second.poll() is not None)
    assert second.communicate()[0].strip() == "True"
    assert wanted == [1]
    # And once more: whoever asked before does not stop it from listening.
    third = ask(folder)
    wait_until(lambda: third.poll() is not None)
    assert third.communicate()[0].strip() == "True"
    assert wanted == [1, 1]


def test_nobody_there_is_said_after_a_while(app, folder, monkeypatch):
    monkeypatch.setattr("studio.gui.instance._STARTING_S", 0.3)
    began = time.monotonic()
    assert raise_other(folder) is False
    assert time.monotonic() - began >= 0.3


def test_a_window_that_is_still_starting_is_waited_for(app, folder, wait_until):
    second = ask(folder)
    began = time.monotonic()
    wait_until(lambda: time.monotonic() - began > 1)
    assert second.poll() is None
    wanted = []
    instance = Instance(folder)
    instance.raise_wanted.connect(lambda: wanted.append(1))
    wait_until(lambda: second.poll() is not None)
    assert second.communicate()[0].strip() == "True"
    assert wanted == [1]


def test_each_workspace_has_its_own(app, folder, tmp_path, monkeypatch):
    monkeypatch.setattr("studio.gui.instance._STARTING_S", 0.1)
    instance = Instance(folder)
    assert raise_other(tmp_path / "another") is False
    assert _address(folder) != _address(tmp_path / "another")
    instance.deleteLater()


@pytest.mark.fault("C5")
def test_what_a_killed_window_left_behind_is_taken_over(app, folder, wait_until):
    code = (
        "import sys, os; from pathlib import Path; from PySide6.QtCore import QCoreApplication; "
        "a = QCoreApplication([]); from studio.gui.instance import Instance; "
        "i = Instance(Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], check=False)
    instance = Instance(folder)
    wanted = []
    instance.raise_wanted.connect(lambda: wanted.append(1))
    second = ask(folder)
    wait_until(lambda: second.poll() is not None)
    assert second.communicate()[0].strip() == "True"
    assert wanted


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="who may connect is told by the file's rights on POSIX")
def test_other_people_cannot_reach_it(app, folder):
    instance = Instance(folder)
    path = instance.findChild(QLocalServer).fullServerName()
    assert os.stat(path).st_mode & 0o077 == 0
