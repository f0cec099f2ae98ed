"""Guarded overrides report and go on."""

import sys

import pytest
from PySide6.QtCore import QSize, qInstallMessageHandler
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from studio.gui.guard import guarded


class Clumsy(QWidget):
    @guarded
    def resizeEvent(self, event):
        int("a")

    @guarded(fallback=QSize(7, 9))
    def sizeHint(self):
        return len(5)


def test_a_fault_is_reported_and_the_fallback_returned(app, faults):
    widget = Clumsy()
    assert widget.sizeHint() == QSize(7, 9)
    assert len(faults) == 1
    assert "TypeError" in faults[0]
    assert "return len(5)" in faults[0]
    widget.show()
    app.processEvents()
    assert any("invalid literal for int()" in text for text in faults)
    faults.clear()


def test_what_works_is_passed_through():
    @guarded(fallback=0)
    def add(a, b=1):
        """Add."""
        return a + b

    assert add(2, b=3) == 5
    assert (add.__name__, add.__doc__, add.__guarded__) == ("add", "Add.", True)


def test_a_broken_hook_is_not_hidden(monkeypatch):
    # Nothing is left to report to; what the hook raises must not vanish.
    monkeypatch.setattr(sys, "excepthook", lambda *error: (_ for _ in ()).throw(RuntimeError("hook")))

    @guarded
    def fail():
        raise ValueError("first")

    with pytest.raises(RuntimeError, match="hook"):
        fail()


class Painted(QWidget):
    @guarded
    def paintEvent(self, event):
        painter = QPainter(self)
        painter.drawLine(0, 0, int("a"), 5)


def test_a_painter_ends_with_the_override_that_failed(app, faults):
    """One that outlives its paint event ends the process later, when the garbage collector finds it."""
    said = []
    before = qInstallMessageHandler(lambda kind, context, text: said.append(text))
    try:
        widget = Painted()
        widget.show()
        app.processEvents()
        widget.repaint()
    finally:
        qInstallMessageHandler(before)
    assert faults
    assert [text for text in said if "painter" in text] == []
    faults.clear()
