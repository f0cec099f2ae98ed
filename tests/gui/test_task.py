"""Work in threads, answers on the window's thread."""

import threading

import pytest
import shiboken6
from PySide6.QtCore import QObject

from studio.core.errors import DataError


@pytest.fixture
def tasks(app):
    from studio.gui.task import Tasks

    made = Tasks()
    yield made
    made.close()


def test_the_answer_comes_on_the_windows_thread(tasks, wait_until):
    seen = []
    owner = QObject()
    here = threading.get_ident()
    tasks.run(owner, threading.get_ident, lambda there: seen.append((there, threading.get_ident())))
    wait_until(lambda: seen)
    assert seen[0][0] != here
    assert seen[0][1] == here


def test_a_deleted_owner_is_not_answered(tasks, wait_until, app):
    answers, release, ended = [], threading.Event(), threading.Event()

    def work():
        release.wait(10)
        ended.set()
        return 1

    def fail():
        release.wait(10)
        raise ValueError("late")

    owner, other = QObject(), QObject()
    tasks.run(owner, work, answers.append)
    tasks.run(owner, fail, None, answers.append)
    shiboken6.delete(owner)
    release.set()
    wait_until(ended.is_set)
    tasks.run(other, lambda: "after", answers.append)
    wait_until(lambda: answers)
    app.processEvents()
    assert answers == ["after"]


def test_an_error_goes_to_whoever_asked_or_else_to_the_window(tasks, wait_until):
    mine, windows = [], []
    owner = QObject()
    tasks.failed.connect(windows.append)

    def work():
        raise DataError("There is no such file.")

    tasks.run(owner, work, None, mine.append)
    wait_until(lambda: mine)
    assert windows == []
    tasks.run(owner, work)
    wait_until(lambda: windows)
    assert str(windows[0]) == "There is no such file."
    assert len(mine) == 1


def test_a_fault_in_the_receiver_is_a_fault_and_the_next_answer_comes(tasks, wait_until, faults):
    owner, answers = QObject(), []
    tasks.run(owner, lambda: 0, lambda value: 1 / value)
    wait_until(lambda: faults)
    assert "ZeroDivisionError" in faults.pop()
    tasks.run(owner, lambda: 1, answers.append)
    wait_until(lambda: answers)


def test_as_many_slow_works_as_threads_do_not_hold_up_the_window(tasks, wait_until):
    release, done = threading.Event(), []
    owner = QObject()
    for number in range(20):
        tasks.run(owner, lambda number=number: (release.wait(10), number)[1], done.append)
    release.set()
    wait_until(lambda: len(done) == 20)
    assert sorted(done) == list(range(20))


def test_after_closing_nobody_is_answered(app, wait_until):
    """Work that ends later finds nothing to emit to, even where the tasks have been deleted."""
    from studio.gui.task import Tasks

    tasks, release, ended, answers = Tasks(), threading.Event(), threading.Event(), []
    owner = QObject()

    def work():
        release.wait(10)
        ended.set()

    tasks.run(owner, work, answers.append)
    tasks.close()
    release.set()
    wait_until(ended.is_set)
    app.processEvents()
    shiboken6.delete(tasks)
    app.processEvents()
    assert answers == []
