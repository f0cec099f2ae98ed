"""Faults reach the person once, from wherever they come, and nobody reads a traceback who did not ask for it."""

import logging
import sys
import threading
import warnings

import pytest
from PySide6.QtCore import QTimer, qInstallMessageHandler, qWarning
from PySide6.QtWidgets import QWidget

from studio.core.errors import SettingsError
from studio.gui.bridge import Bridge
from studio.gui.fault import Faults
from studio.gui.guard import guarded


@pytest.fixture
def reports(app, monkeypatch):
    """The hooks, as the window installs them; gives what they told."""
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    bridge = Bridge()
    hooks = Faults(bridge)
    told = []
    hooks.happened.connect(lambda text, details: told.append((text, details)))
    hooks.install()
    yield told
    qInstallMessageHandler(None)
    # What the fixture of every test replaced comes back with it.
    hooks.deleteLater()
    bridge.close()


class Stormy(QWidget):
    paints = 0

    @guarded
    def paintEvent(self, event):
        self.paints += 1
        raise ValueError("storm")


@pytest.mark.fault("G1")
def test_a_storm_of_paints_is_reported_once(app, reports, wait_until):
    widget = Stormy()
    widget.show()

    def storm():
        widget.update()
        return widget.paints >= 30

    wait_until(storm)
    app.processEvents()
    assert len(reports) == 1
    text, details = reports[0]
    assert "storm" in text
    assert "not touched" in text
    assert "in paintEvent" in details
    assert "ValueError: storm" in details


def test_another_fault_is_another_report_and_the_same_comes_again_later(app, reports, wait_until, monkeypatch):
    import studio.gui.fault as fault

    now = [1000.0]
    monkeypatch.setattr(fault.time, "monotonic", lambda: now[0])

    def fail(text):
        try:
            raise RuntimeError(text)
        except RuntimeError:
            sys.excepthook(*sys.exc_info())

    fail("first")
    fail("first")
    fail("second")
    app.processEvents()
    assert len(reports) == 2
    now[0] += 6
    fail("first")
    app.processEvents()
    assert len(reports) == 3


@pytest.mark.fault("G1")
def test_from_a_slot_a_timer_and_a_thread(app, reports, wait_until):
    def slot():
        raise LookupError("of a timer")

    QTimer.singleShot(0, slot)
    wait_until(lambda: reports)
    assert "of a timer" in reports[0][0]
    here = threading.get_ident()
    arrived = []

    def work():
        raise ArithmeticError("of a thread")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    wait_until(lambda: len(reports) == 2)
    arrived.append(threading.get_ident())
    assert "of a thread" in reports[1][0]
    assert arrived == [here]


def test_an_error_for_people_is_its_sentence_without_a_traceback(app, reports, wait_until):
    def slot():
        raise SettingsError("The learning rate must be at most 1.")

    QTimer.singleShot(0, slot)
    wait_until(lambda: reports)
    assert reports == [("The learning rate must be at most 1.", "")]


def test_the_log_holds_the_traceback_and_what_qt_says(app, reports, wait_until, caplog):
    caplog.set_level(logging.WARNING, "studio.gui")

    def slot():
        raise KeyError("lost")

    QTimer.singleShot(0, slot)
    wait_until(lambda: reports)
    qWarning("something of Qt's")
    assert any(
        "Traceback" in record.getMessage() and "KeyError: 'lost'" in record.getMessage() for record in caplog.records
    )
    assert any(record.getMessage() == "Qt: something of Qt's" for record in caplog.records)
    assert all("something of Qt's" not in text for text, _ in reports)


def test_very_long_messages_are_cut_for_the_banner(app, reports, wait_until):
    def slot():
        raise ValueError("x" * 100_000)

    QTimer.singleShot(0, slot)
    wait_until(lambda: reports)
    assert len(reports[0][0]) < 400


def test_an_exception_whose_text_fails_is_reported_too(app, reports, wait_until):
    class Nasty(Exception):
        def __str__(self):
            raise RuntimeError("no text")

    def slot():
        raise Nasty

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        QTimer.singleShot(0, slot)
        wait_until(lambda: reports)
    assert "Nasty" in reports[0][0]
