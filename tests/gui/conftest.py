"""An application without a screen, and what a page is handed; a fault in any slot or override fails the test."""

import gc
import os
import sys
import threading
import time
import traceback

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest


@pytest.fixture(scope="session")
def qt():
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance() or QApplication(["studio"])
    application.setQuitOnLastWindowClosed(False)
    return application


@pytest.fixture
def faults(monkeypatch):
    """Exceptions that reached the window's hooks; a test that provokes one empties the list."""
    caught = []
    monkeypatch.setattr(sys, "excepthook", lambda *error: caught.append("".join(traceback.format_exception(*error))))
    monkeypatch.setattr(threading, "excepthook", lambda seen: caught.append(repr(seen.exc_value)))
    return caught


@pytest.fixture
def app(qt, faults):
    """The application; widgets that a test leaves are deleted."""
    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QApplication

    # As in the window, cycles of Qt's objects are collected on this thread only.
    gc.disable()
    # What was there before, such as all that torch imports, is not looked through again after every test.
    gc.freeze()
    yield qt
    for widget in QApplication.topLevelWidgets():
        widget.close()
        # pyqtgraph's menus and forms are top-level widgets too; they go with their plot, and not before.
        if type(widget).__module__.startswith("studio."):
            widget.deleteLater()
    qt.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qt.processEvents()
    gc.collect()
    gc.unfreeze()
    gc.enable()
    assert faults == []


@pytest.fixture
def wait_until(app):
    """Let the window's events come until something is so."""

    def wait(predicate, timeout_s=20.0):
        until = time.monotonic() + timeout_s
        while not predicate():
            assert time.monotonic() < until, "what was waited for did not come"
            app.processEvents()
            time.sleep(0.002)

    return wait


@pytest.fixture(scope="session")
def dressed(qt):
    """The appearance that tests share: to dress an application takes as long as many a test."""
    from studio.gui.theme import Theme

    return Theme(qt, "dark")


@pytest.fixture
def theme(app, dressed):
    if (app.styleSheet(), dressed.choice) != (dressed._sheet(), "dark"):
        dressed.choose("dark")
    dressed._strangers.clear()
    return dressed


@pytest.fixture
def over(app, theme):
    """A widget that toasts lie on."""
    from PySide6.QtWidgets import QWidget

    widget = QWidget()
    widget.resize(1100, 700)
    return widget


@pytest.fixture
def context(app, theme, over, workspace, monkeypatch):
    """What a page is handed; its watch looks four times as often as a person's."""
    from studio.core.errors import explain
    from studio.desk.run_control import RunControl
    from studio.gui.bridge import Bridge
    from studio.gui.page import PageContext
    from studio.gui.toast import Toasts
    from studio.gui.watch import Watch

    monkeypatch.setattr("studio.desk.snapshot._PERIOD_S", 0.1)
    bridge = Bridge()
    watch = Watch(workspace, bridge)
    watch.start()
    toasts = Toasts(over)
    bridge.failed.connect(lambda error: toasts.say(explain(error), kind="bad"))
    yield PageContext(workspace, bridge, theme, watch, toasts, RunControl(workspace))
    watch.close()
    bridge.close()
