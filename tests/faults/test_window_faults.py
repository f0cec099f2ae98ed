"""What the window makes of odd things in a workspace: one row each, in plain text."""

import shutil

import pytest

from studio.desk.previews import list_previews
from studio.desk.snapshot import WorkspaceReader


@pytest.mark.fault("C14")
def test_the_window_lists_a_link_and_shows_nothing_from_behind_it(workspace, outside):
    (outside / "previews").mkdir()
    (outside / "previews" / "step-00000001.npy").write_bytes(b"")
    link = workspace.folder("runs") / "elsewhere"
    link.symlink_to(outside)
    (row,) = WorkspaceReader(workspace).read().runs
    assert row.document is None
    assert "is a link" in row.error
    assert list_previews(link) == []
    shutil.rmtree(outside / "previews")


@pytest.mark.fault("C14")
def test_the_gallery_opens_no_model_behind_a_link(workspace, outside, monkeypatch):
    """One that cannot be listed is read when it is chosen: not this one."""
    from types import SimpleNamespace
    from unittest.mock import Mock

    from studio.desk.model_library import ModelLibrary, choice_of_row

    (workspace.folder("models") / "elsewhere").symlink_to(outside)
    (row,) = WorkspaceReader(workspace).read().models
    roster = SimpleNamespace(_sampler=Mock(), failed=Mock(), _opening={})
    ModelLibrary.prepare(roster, choice_of_row(row))
    assert not roster._sampler.open.called
    assert "is a link" in roster.failed.emit.call_args.args[1]
