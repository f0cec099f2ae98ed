"""Work in threads, answers on the window's thread, and nothing for an owner that is gone."""

import random
import threading
import time
import weakref

import pytest
import shiboken6
from PySide6.QtCore import QObject, QTimer

from studio.core.errors import DataError


@pytest.fixture
def bridge(app):
    from studio.gui.bridge import Bridge

    made = Bridge()
    yield made
    made.close()


def test_the_answer_comes_on_the_windows_thread(bridge, wait_until):
    seen = []
    owner = QObject()
    here = threading.get_ident()
    bridge.run(owner, threading.get_ident, lambda there: seen.append((there, threading.get_ident())))
    wait_until(lambda: seen)
    assert seen[0][0] != here
    assert seen[0][1] == here


def test_a_deleted_owner_is_not_answered(bridge, wait_until, app):
    answers, release, ended = [], threading.Event(), threading.Event()

    def work():
        release.wait(10)
        ended.set()
        return 1

    def fail():
        release.wait(10)
        raise ValueError("late")

    owner, other = QObject(), QObject()
    bridge.run(owner, work, answers.append)
    bridge.run(owner, fail, None, answers.append)
    shiboken6.delete(owner)
    release.set()
    wait_until(ended.is_set)
    bridge.run(other, lambda: "after", answers.append)
    wait_until(lambda: answers)
    app.processEvents()
    assert answers == ["after"]


def test_an_error_goes_to_whoever_asked_or_else_to_the_window(bridge, wait_until):
    mine, windows = [], []
    owner = QObject()
    bridge.failed.connect(windows.append)

    def work():
        raise DataError("There is no such file.")

    bridge.run(owner, work, None, mine.append)
    wait_until(lambda: mine)
    assert windows == []
    bridge.run(owner, work)
    wait_until(lambda: windows)
    assert str(windows[0]) == "There is no such file."
    assert len(mine) == 1


def test_a_fault_in_the_receiver_is_a_fault_and_the_next_answer_comes(bridge, wait_until, faults):
    owner, answers = QObject(), []
    bridge.run(owner, lambda: 0, lambda value: 1 / value)
    wait_until(lambda: faults)
    assert "ZeroDivisionError" in faults.pop()
    bridge.run(owner, lambda: 1, answers.append)
    wait_until(lambda: answers)


def test_as_many_slow_works_as_threads_do_not_hold_up_the_window(bridge, wait_until):
    release, done = threading.Event(), []
    owner = QObject()
    for number in range(20):
        bridge.run(owner, lambda number=number: (release.wait(10), number)[1], done.append)
    release.set()
    wait_until(lambda: len(done) == 20)
    assert sorted(done) == list(range(20))


def test_after_closing_nobody_is_answered(app, wait_until):
    """Work that ends later finds nothing to emit to, even where the bridge have been deleted."""
    from studio.gui.bridge import Bridge

    bridge, release, ended, answers = Bridge(), threading.Event(), threading.Event(), []
    owner = QObject()

    def work():
        release.wait(10)
        ended.set()

    bridge.run(owner, work, answers.append)
    bridge.close()
    release.set()
    wait_until(ended.is_set)
    app.processEvents()
    shiboken6.delete(bridge)
    app.processEvents()
    assert answers == []


def test_what_any_thread_sends_arrives_in_order_on_the_windows_thread(bridge, wait_until):
    owner, came = QObject(), []
    send = bridge.receiver(owner, lambda value: came.append((value, threading.current_thread())))
    thread = threading.Thread(target=lambda: [send(number) for number in range(1000)])
    thread.start()
    wait_until(lambda: len(came) == 1000)
    thread.join()
    assert came == [(number, threading.current_thread()) for number in range(1000)]


def test_a_receiver_goes_when_nobody_can_send_to_it(bridge, wait_until):
    owner, came = QObject(), []

    class Held:
        """What the receiver holds, and so must not outlive it."""

    held = Held()
    gone = weakref.ref(held)
    send = bridge.receiver(owner, lambda value, held=held: came.append(value))
    del held
    threading.Thread(target=send, args=(1,)).start()
    wait_until(lambda: came == [1])
    assert gone() is not None
    del send
    wait_until(lambda: gone() is None)


def test_slow_work_of_its_own_thread_holds_up_nothing(bridge, wait_until):
    release, answers = threading.Event(), []
    owner = QObject()
    for _ in range(20):
        bridge.run(owner, lambda: release.wait(20), answers.append, alone=True)
    bridge.run(owner, lambda: "quick", answers.append)
    wait_until(lambda: answers == ["quick"])
    release.set()
    wait_until(lambda: len(answers) == 21)


def test_a_flood_leaves_the_window_time_to_paint(bridge, wait_until):
    owner, came, ended = QObject(), [], threading.Event()
    send = bridge.receiver(owner, came.append)

    def flood():
        while not ended.is_set():
            send(0)

    thread = threading.Thread(target=flood)
    thread.start()
    painted = []
    QTimer.singleShot(0, owner, lambda: QTimer.singleShot(20, owner, lambda: painted.append(len(came))))
    wait_until(lambda: painted, 5)
    ended.set()
    thread.join()


def test_pages_start_and_close_under_load(app, workspace, faults):
    """A few hundred times: threads read, follow and send on behalf of widgets that go at any moment."""
    from PySide6.QtWidgets import QWidget

    from studio.desk.curve_reader import CurveReader
    from studio.gui.bridge import Bridge
    from studio.gui.watch import Watch

    alive, wrong, ended = set(), [], threading.Event()

    class LoadedPage(QWidget):
        def __init__(self, bridge):
            super().__init__()
            me = id(self)
            alive.add(me)
            self.destroyed.connect(lambda: alive.discard(me))
            told = bridge.worker(self).receiver
            self.watch = Watch(workspace, bridge, self)
            self.curves = CurveReader(told(self.came), told(self.came), told(self.came))
            self.senders = [threading.Thread(target=self.flood, args=(told(self.came), 30)) for _ in range(3)]
            for _ in range(8):
                bridge.run(self, lambda: time.sleep(random.random() / 500), self.came, self.came)
            bridge.run(self, lambda: 1 / 0, self.came, self.came, alone=True)
            self.watch.start()
            for sender in self.senders:
                sender.start()

        @staticmethod
        def flood(send, times):
            for number in range(times):
                send(number)
                if ended.is_set():
                    return

        def came(self, value):
            wrong.extend([value] if id(self) not in alive else [])
            self.setWindowTitle(str(value))

    for round in range(300):
        bridge = Bridge()
        page = LoadedPage(bridge)
        app.processEvents()
        senders, watch, curves = page.senders, page.watch._watch, page.curves
        first, then = (bridge.close, lambda page=page: shiboken6.delete(page))[:: 1 if round % 2 else -1]
        first()
        app.processEvents()
        then()
        del page
        for end in (watch.close, curves.close, bridge.close):
            end()
        if round % 3:
            shiboken6.delete(bridge)
        del bridge
        for sender in senders:
            sender.join()
    app.processEvents()
    assert (alive, wrong, faults) == (set(), [], [])
