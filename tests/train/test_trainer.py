import json
import time

import pytest
import torch

from studio.core.errors import StudioError
from studio.store.lock import is_locked
from studio.store.metrics import RunDatabase
from studio.store.run import read_status
from studio.train.trainer import Trainer


def test_a_diagnosis_is_said_once_and_its_failure_is_forgiven(scripted, plain_loop):
    from studio.api import hookimpl

    trial = scripted(plain_loop, steps=200, validate_every=25, preview_every=10**6)
    calls = []

    class Doctor:
        @hookimpl
        def studio_diagnose(self, session):
            calls.append(session.step_count)
            if len(calls) == 2:
                raise ZeroDivisionError("no sun")
            return [f"It looks pale, {100.0 / session.step_count:.2g} of 1: give it sun."]

    trial.family.plugin.manager.register(Doctor())
    assert trial.train().state == "finished"
    assert calls == [100, 125, 150, 175, 200]
    database = RunDatabase(trial.folder)
    said = [event.message for _, event in database.events() if event.kind == "warning"]
    database.close()
    assert said == [
        "It looks pale, 1 of 1: give it sun.",
        "The diagnosis of the family failed: ZeroDivisionError: no sun.",
    ]


@pytest.mark.fault("F1")
def test_a_failing_plugin_is_a_failed_run_with_its_name(scripted):
    def broken(session, net, opt):
        for _ in session.batches():
            raise KeyError("weights")

    trial = scripted(broken, steps=5)
    with pytest.raises(StudioError, match="'scripted' failed: KeyError: 'weights'"):
        trial.train()
    assert read_status(trial.folder).state == "failed"


def test_out_of_memory_says_what_to_do(scripted):
    def greedy(session, net, opt):
        for _ in session.batches():
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")

    with pytest.raises(StudioError, match="lower train"):
        scripted(greedy, steps=5).train()


@pytest.mark.fault("B10", "C1")
def test_a_full_disk_keeps_the_last_checkpoint_and_the_training(scripted, plain_loop, monkeypatch):
    from studio.train.checkpoint import CheckpointFolder

    save, calls = CheckpointFolder.save, []

    def sometimes_full(self, checkpoint):
        calls.append(checkpoint.step)
        if checkpoint.step in (10, 20):
            raise OSError(28, "No space left on device")
        return save(self, checkpoint)

    monkeypatch.setattr(CheckpointFolder, "save", sometimes_full)
    trial = scripted(plain_loop, steps=40, checkpoint_every=10, validate_every=10**6)
    assert trial.train().state == "finished"
    assert calls == [0, 10, 20, 30, 40]
    database = RunDatabase(trial.folder)
    said = [event.message for _, event in database.events() if event.kind == "unsaved"]
    database.close()
    assert len(said) == 2
    assert "the disk is full" in said[0]


def test_a_preview_that_fails_is_said_and_training_goes_on(scripted, plain_loop, monkeypatch):
    def fail(*_):
        raise ValueError("no picture today")

    monkeypatch.setattr("studio.train.preview.draw_preview", fail)
    trial = scripted(plain_loop, steps=6, preview_every=3)
    assert trial.train().state == "finished"
    database = RunDatabase(trial.folder)
    said = [event.message for _, event in database.events() if event.kind == "no preview"]
    database.close()
    assert said
    assert "no picture today" in said[0]


@pytest.mark.fault("B14", "A14")
def test_a_changed_data_set_is_not_trained_on_silently(scripted, plain_loop):
    trial = scripted(plain_loop, steps=20, checkpoint_every=5)
    trial.train(kill_at=10)
    spec = trial.workspace.folder("datasets") / trial.dataset.document.id / "spec.json"
    spec.write_text(spec.read_text().replace('"fingerprint": "toy', '"fingerprint": "other'))
    with pytest.raises(StudioError, match="has changed"):
        trial.train()


@pytest.mark.fault("B1")
def test_the_heartbeat_of_a_killed_run_reads_interrupted(scripted, plain_loop):
    trial = scripted(plain_loop, steps=20)
    trial.train(kill_at=10)
    status = read_status(trial.folder)
    assert status.state == "interrupted"
    assert not is_locked(trial.folder / "lock")


@pytest.mark.fault("B9")
def test_what_a_killed_trainer_left_half_written_is_cleared(scripted, plain_loop):
    trial = scripted(plain_loop, steps=20, checkpoint_every=5)
    trial.train(kill_at=10)
    (trial.folder / ".status.json.ab12.tmp").write_text("{")
    (trial.folder / "checkpoints" / ".step-10.cd34.tmp").mkdir()
    trial.train()
    assert not list(trial.folder.rglob("*.tmp"))


@pytest.mark.fault("B12")
def test_resuming_a_finished_run_changes_nothing(scripted, plain_loop):
    trial = scripted(plain_loop, steps=5)
    trial.train()
    before = trial.checkpoint().tensors["modules"]["net/mean"]
    assert Trainer(trial.workspace, trial.folder, trial.family).execute().state == "finished"
    assert torch.equal(trial.checkpoint().tensors["modules"]["net/mean"], before)


@pytest.mark.fault("B13")
def test_going_on_with_other_threads_is_said(scripted, plain_loop):
    """Another number of threads adds in another order: allowed, and not called the same to the bit."""
    trial = scripted(plain_loop, steps=8, checkpoint_every=4)
    trial.train(kill_at=6)
    assert trial.checkpoint().step > 0
    document = json.loads((trial.folder / "run.json").read_text())
    document["train"]["threads"] = 2
    (trial.folder / "run.json").write_text(json.dumps(document))
    try:
        assert trial.train().state == "finished"
    finally:
        torch.set_num_threads(1)
    database = RunDatabase(trial.folder)
    said = [event.message for _, event in database.events() if event.kind == "resumed"]
    database.close()
    assert "Not bit-identical to an uninterrupted run: 2 threads instead of 1" in said[-1]


@pytest.mark.fault("B15")
def test_a_network_that_was_changed_since_the_checkpoint_is_said(scripted):
    """The sentence names the network, and the checkpoint is kept."""
    sides = [3]

    def loop(session, net, opt):
        extra = session.module("extra", torch.nn.Linear(sides[0], 1))
        head = session.optimizer("head", torch.optim.SGD(extra.parameters(), lr=0.1))
        for _ in session.batches():
            session.step(opt, head, extra(torch.ones(1, sides[0])).sum() + net.mean.sum())

    trial = scripted(loop, steps=8, checkpoint_every=4)
    trial.train(kill_at=6)
    kept = sorted(path.name for path in (trial.folder / "checkpoints").iterdir())
    sides[0] = 4
    with pytest.raises(StudioError, match="does not fit the network 'extra'"):
        trial.train()
    assert sorted(path.name for path in (trial.folder / "checkpoints").iterdir()) == kept


@pytest.mark.fault("B22")
@pytest.mark.parametrize("turn", [-86_400.0, 31_536_000.0, -1_700_000_000.0])
def test_a_clock_that_is_turned_changes_no_duration(scripted, plain_loop, monkeypatch, turn):
    """Durations and the heartbeat go by the monotonic clock, and events by their number."""
    real, offset = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: real() + offset[0])

    def loop(session, net, opt):
        session.log(first=1.0)
        offset[0] = turn
        plain_loop(session, net, opt)

    trial = scripted(loop, steps=6)
    status = trial.train()
    assert status.state == "finished"
    assert 0 <= read_status(trial.folder).seconds < 60
    database = RunDatabase(trial.folder)
    numbers = [number for number, _ in database.events()]
    database.close()
    assert numbers == sorted(numbers)


def test_previews_by_the_clock_begin_with_what_is_untrained(scripted, plain_loop):
    def loop(session, net, opt):
        time.sleep(0.05)
        plain_loop(session, net, opt)

    trial = scripted(loop, steps=6, preview_seconds=60)
    assert trial.train().state == "finished"
    assert sorted(path.name for path in (trial.folder / "previews").iterdir()) == [
        "step-00000000.npy",
        "step-00000006.npy",
    ]


def test_a_run_that_asks_for_it_is_not_tried_for_its_export(scripted, plain_loop, monkeypatch):
    asked = []
    monkeypatch.setattr("studio.train.trainer.try_sampler", lambda *given: asked.append(given[-1]) or 0.1)
    for wanted in (True, False):
        assert scripted(plain_loop, steps=2, try_export=wanted).train().state == "finished"
    assert asked == [True, False]
