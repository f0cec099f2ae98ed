"""Ctrl+C and SIGTERM close the window instead of raising somewhere inside Qt."""

import os
import signal

import pytest

pytest.importorskip("fcntl", reason="signals to a process of one's own are a matter of POSIX")


@pytest.fixture
def termination(app):
    from studio.gui.termination import Termination

    found = Termination()
    yield found
    found.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.fault("G3")
def test_a_signal_is_told_on_the_windows_thread(number, termination, wait_until):
    asked = []
    termination.asked.connect(lambda: asked.append(number))
    os.kill(os.getpid(), number)
    wait_until(lambda: asked)
    # Asked twice it ends the hard way, should the window hang.
    assert signal.getsignal(number) == signal.SIG_DFL


def test_other_signals_are_none_of_its_business(termination, app, wait_until):
    asked, rung = [], []
    termination.asked.connect(lambda: asked.append(1))
    before = signal.signal(signal.SIGUSR1, lambda number, frame: rung.append(number))
    os.kill(os.getpid(), signal.SIGUSR1)
    wait_until(lambda: rung)
    app.processEvents()
    signal.signal(signal.SIGUSR1, before)
    assert asked == []


def test_what_the_starter_ignores_stays_ignored(app):
    from studio.gui.termination import Termination

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    found = Termination()
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    found.close()
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    signal.signal(signal.SIGHUP, before)


def test_close_gives_python_its_signals_back(app):
    from studio.gui.termination import Termination

    Termination().close()
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
