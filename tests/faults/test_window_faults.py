"""What the window makes of odd things in a workspace: one row each, in plain text."""

import shutil

import pytest

from studio.gui.train.preview_strip import list_previews
from studio.gui.watch import Watch


@pytest.mark.fault("C14")
def test_the_window_lists_a_link_and_shows_nothing_from_behind_it(workspace, outside):
    (outside / "previews").mkdir()
    (outside / "previews" / "step-00000001.png").write_bytes(b"")
    link = workspace.folder("runs") / "elsewhere"
    link.symlink_to(outside)
    (row,) = Watch(workspace).look().runs
    assert row.document is None
    assert "is a link" in row.error
    assert list_previews(link) == []
    shutil.rmtree(outside / "previews")
