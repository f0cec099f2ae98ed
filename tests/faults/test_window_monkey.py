"""A monkey at the whole window, on a workspace that falls to pieces meanwhile."""

import gc
import os
import sys
import threading
import time
import traceback

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtWidgets import QApplication

from studio.core.errors import ForeignEntryError
from studio.core.safe_mode import set_safe_mode
from studio.gui.app import App
from studio.gui.layout_memory import LayoutMemory
from studio.store.atomic import write_document
from studio.store.run import RunStatus, write_status
from studio.store.workspace import Workspace
from studio.testing import toy_dataset
from tests.faults.monkey import Monkey


def turn(application, condition, seconds=20.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "what was waited for did not come"
        application.processEvents()
        time.sleep(0.002)


@pytest.mark.fault("G6", "C7", "C14")
@pytest.mark.parametrize("seed", [1, 2])
def test_a_monkey_at_a_workspace_that_falls_to_pieces(workspace, make_run, tmp_path, monkeypatch, seed):
    """No exception reaches the window's hooks, it stays alive, and the next start works.

    tests/benchmarks/monkey.py plays for half an hour.
    """
    caught = []
    monkeypatch.setattr(sys, "excepthook", lambda *error: caught.append("".join(traceback.format_exception(*error))))
    monkeypatch.setattr(threading, "excepthook", lambda seen: caught.append(repr(seen.exc_value)))
    monkeypatch.setenv("STUDIO_THREADS", "1")
    toy_dataset(workspace)
    for state in ("stopped", "finished", "failed"):
        write_status(make_run(state), RunStatus(state=state, step=5, message="<b>odd</b>"))
    folder = workspace.folder("gallery") / "b"
    folder.mkdir()
    write_document(folder / "batch.json", {"id": "b", "seed": 0, "count": 1})
    application = QApplication.instance() or QApplication(["studio"])
    application.setQuitOnLastWindowClosed(False)
    gc.disable()
    set_safe_mode(True)
    app = App(application, workspace.path, LayoutMemory(tmp_path / "window.ini"))
    try:
        app.window.show()
        turn(application, lambda: len(app.window.pages) == 6)
        victim = tmp_path / "victim"
        victim.write_text("precious")
        monkey = Monkey(app.window, workspace.path, victim, seed)
        monkey.play(250)
        turn(application, lambda: True)
    finally:
        app.window.close()
        turn(application, lambda: not app.window.isVisible())
        gc.enable()
    assert caught == []
    assert victim.read_text() == "precious"
    document = workspace.path / "workspace.json"
    if document.is_symlink():
        # The monkey's work; it is refused in words, and what is to be done then helps.
        with pytest.raises(ForeignEntryError, match="remove it"):
            Workspace(workspace.path)
        document.unlink()
    Workspace(workspace.path)
