"""The supervisor's process: its exit status, and what it says where it cannot begin."""

import sys

import pytest

from studio.jobs import __main__ as module


@pytest.fixture
def supervise(monkeypatch):
    """Call the process's main on a folder; gives the exit status."""
    seen = []

    class Supervisor:
        def __init__(self, workspace):
            self.workspace = workspace

        def run(self, soon):
            assert not soon
            seen.append(self.workspace.path)

    def call(folder):
        monkeypatch.setattr(module, "Supervisor", Supervisor)
        monkeypatch.setattr(sys, "argv", ["studio.jobs", str(folder)])
        return module.main()

    call.seen = seen
    return call


def test_it_supervises_the_workspace_it_is_told(supervise, workspace):
    assert supervise(workspace.path) == 0
    assert supervise.seen == [workspace.path]


def test_a_workspace_that_cannot_be_used_is_one_sentence(supervise, tmp_path, caplog):
    (tmp_path / "file").touch()
    assert supervise(tmp_path / "file") == 1
    assert supervise.seen == []
    assert "cannot be used" in caplog.text
