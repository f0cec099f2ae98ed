"""As many threads as cores are free, looked at again, and what was chosen is kept for a resumed run (W2)."""

import pytest
import torch

from studio.store.run import read_status
from studio.train.threads import CoreWatch, ThreadChoice


class Machine:
    """A watch over cores that are as busy as a test says."""

    def __init__(self, cores, *others):
        self.cores = cores
        self._others = list(others)
        self.time = 0.0

    def elapsed(self):
        return self.time

    def others(self):
        self.time = 0.0
        return self._others.pop(0)


@pytest.mark.parametrize(
    ("cores", "others", "threads"),
    [(2, 0.0, 2), (2, 0.4, 2), (2, 0.6, 1), (2, 1.9, 1), (8, 3.2, 5), (8, 7.0, 4), (16, 0.0, 8)],
)
def test_a_run_begins_with_the_cores_that_are_free(cores, others, threads):
    assert ThreadChoice(Machine(cores, others), most=8).threads == threads


def test_it_changes_after_two_looks_of_the_same_mind():
    machine = Machine(2, 0.0, 1.0, 0.0, 1.0, 1.1, 0.1, 0.0)
    choice, seen = ThreadChoice(machine, most=2), []
    for _ in range(6):
        machine.time = 6.0
        seen.append((choice.look(), choice.threads))
    assert seen == [(False, 2), (False, 2), (False, 2), (True, 1), (False, 1), (True, 2)]
    assert not choice.alone
    machine.time = 1.0
    assert not choice.look()


def test_what_a_person_sets_stays_and_whether_it_was_alone_is_still_seen():
    machine = Machine(4, 0.0, 3.0, 3.0)
    choice = ThreadChoice(machine, most=4, fixed=3)
    for _ in range(2):
        machine.time = 6.0
        assert not choice.look()
    assert choice.threads == 3
    assert not choice.alone
    assert choice.sentence() == "Computes with 3 threads."


def test_the_reason_is_said():
    choice = ThreadChoice(Machine(2, 1.24), most=2)
    assert choice.sentence() == "Computes with 1 thread, as other programs keep 1.2 of 2 cores busy."


def test_a_real_watch_counts_this_process_as_its_own():
    import time

    watch = CoreWatch()
    assert watch.others() == 0.0
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        pass
    assert 0.0 <= watch.others() <= watch.cores + 0.5


def test_threads_are_recorded_and_taken_up_again(scripted, plain_loop, monkeypatch):
    """A run that began with one thread goes on with one, whatever is free by then."""
    before = torch.get_num_threads()
    try:
        busy = Machine(2, 2.0)
        trial = scripted(plain_loop, steps=20, threads=0, checkpoint_every=5)
        torch.set_num_threads(2)
        monkeypatch.setattr("studio.train.trainer.CoreWatch", lambda: busy)
        trial.train(kill_at=10)
        assert trial.trainer().record_of_plans.threads == {0: 1}
        torch.set_num_threads(2)
        monkeypatch.setattr("studio.train.trainer.CoreWatch", lambda: Machine(2, 0.0))
        trial.train()
        assert read_status(trial.folder).threads == 1
        assert trial.checkpoint().document["threads"] == 1
    finally:
        torch.set_num_threads(before)


def test_cores_that_are_numbered_beyond_the_list_are_looked_at_together(monkeypatch):
    """As where every other one is switched off: 0, 2, 4, 6."""
    import psutil

    monkeypatch.setattr(psutil.Process, "cpu_affinity", lambda self: [0, 2, 4, 6], raising=False)
    total = psutil.cpu_times()
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: [total] * 4)
    watch = CoreWatch()
    assert watch.cores == 4
    assert watch.others() == 0.0


@pytest.mark.parametrize(
    "document",
    [
        {"plans": [], "threads": {"0": 10**6}},
        {"plans": [], "threads": {"0": 10**30}},
        {"plans": [{"step": 5, "progress": 0.1, "steps": 50}], "threads": {}},
        {"plans": [{"step": 0, "progress": float("1e400"), "steps": 50}], "threads": {}},
    ],
)
def test_an_odd_record_is_not_followed(tmp_path, document):
    import json

    from studio.train.record import PlanRecord

    (tmp_path / "plans.json").write_text(json.dumps({"format": 1, **document}))
    record = PlanRecord(tmp_path)
    assert record.plans == []
    assert record.threads == {}


def test_no_more_threads_are_taken_up_than_there_are():
    choice = ThreadChoice(Machine(2, 0.0), most=2)
    choice.take_up(64)
    assert choice.threads == 2
