"""As many threads as cores are free, looked at again (W2)."""

import pytest

from studio.core.threads import CoreWatch, ThreadChoice


@pytest.mark.parametrize(
    ("cores", "others", "threads"),
    [(2, 0.0, 2), (2, 0.4, 2), (2, 0.6, 1), (2, 1.9, 1), (8, 3.2, 5), (8, 7.0, 4), (16, 0.0, 8)],
)
def test_a_run_begins_with_the_cores_that_are_free(cores, others, threads, machine):
    assert ThreadChoice(machine(cores, others), most=8).threads == threads


def test_it_changes_after_two_looks_of_the_same_mind(machine):
    watch = machine(2, 0.0, 1.0, 0.0, 1.0, 1.1, 0.1, 0.0)
    choice, seen = ThreadChoice(watch, most=2), []
    for _ in range(6):
        watch.time = 6.0
        seen.append((choice.look(), choice.threads))
    assert seen == [(False, 2), (False, 2), (False, 2), (True, 1), (False, 1), (True, 2)]
    assert not choice.alone
    watch.time = 1.0
    assert not choice.look()


def test_what_a_person_sets_stays_and_whether_it_was_alone_is_still_seen(machine):
    watch = machine(4, 0.0, 3.0, 3.0)
    choice = ThreadChoice(watch, most=4, fixed=3)
    for _ in range(2):
        watch.time = 6.0
        assert not choice.look()
    assert choice.threads == 3
    assert not choice.alone
    assert choice.sentence() == "Computes with 3 threads."


def test_the_reason_is_said(machine):
    choice = ThreadChoice(machine(2, 1.24), most=2)
    assert choice.sentence() == "Computes with 1 thread, as other programs keep 1.2 of 2 cores busy."


def test_a_real_watch_counts_this_process_as_its_own():
    import time

    watch = CoreWatch()
    assert watch.others() == 0.0
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        pass
    assert 0.0 <= watch.others() <= watch.cores + 0.5


def test_cores_that_are_numbered_beyond_the_list_are_looked_at_together(monkeypatch):
    """As where every other one is switched off: 0, 2, 4, 6."""
    import psutil

    monkeypatch.setattr(psutil.Process, "cpu_affinity", lambda self: [0, 2, 4, 6], raising=False)
    total = psutil.cpu_times()
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: [total] * 4)
    watch = CoreWatch()
    assert watch.cores == 4
    assert watch.others() == 0.0


def test_no_more_threads_are_taken_up_than_there_are(machine):
    choice = ThreadChoice(machine(2, 0.0), most=2)
    choice.take_up(64)
    assert choice.threads == 2


def test_a_pause_tells_nothing(machine):
    watch = machine(2, 0.0, 2.0, 2.0, 0.0)
    choice = ThreadChoice(watch, most=2)
    watch.time = 6.0
    choice.begin_anew()
    assert not choice.look()
    watch.time = 6.0
    assert not choice.look()
    watch.time = 6.0
    assert not choice.look()
    assert choice.threads == 2


def test_a_watch_can_be_waited_for():
    watch = CoreWatch()
    watch.wait()
    assert watch.elapsed() >= 0.2
    watch.wait()
    assert 0.0 <= watch.others() <= watch.cores


def test_no_more_cores_are_busy_than_there_are(monkeypatch):
    """The system counts in hundredths of a second: a short look may find 2.04 of 2."""
    watch = CoreWatch()
    monkeypatch.setattr(watch, "elapsed", lambda: 1.0)
    for busy, own, expected in ((watch.cores + 0.04, 0.0, watch.cores), (0.75, 0.5, 0.25), (0.0, 0.02, 0.0)):
        watch._last = (0.0, 0.0, 0.0)
        monkeypatch.setattr(watch, "_read", lambda busy=busy, own=own: (1.0, busy, own))
        assert watch.others() == pytest.approx(expected)
