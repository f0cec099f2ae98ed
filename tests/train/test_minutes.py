"""Minutes are minutes, by a clock that is fed: whatever the steps take, and whether that rises or falls meanwhile."""

import itertools
import time

import pytest
import torch

from studio.api import Continuous
from studio.store.metrics import RunDatabase


@pytest.fixture
def clock(monkeypatch):
    """A clock that only the test moves."""

    class Clock:
        now = 1000.0

        def read(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock.read)
    monkeypatch.setattr(time, "perf_counter", clock.read)
    return clock


def even(step_s):
    return lambda elapsed: step_s


def rising(elapsed):
    """Another program comes after a third of two minutes."""
    return 0.5 if elapsed < 40 else 1.8


def falling(elapsed):
    return 1.8 if elapsed < 40 else 0.5


def coming_and_going(elapsed):
    return 1.4 if int(elapsed / 15) % 2 else 0.4


@pytest.mark.parametrize("step_s", [even(0.3), even(5.0), rising, falling, coming_and_going])
@pytest.mark.parametrize("validation_s", [0.2, 3.0])
def test_a_run_ends_within_a_tenth_of_its_minutes(clock, scripted, monkeypatch, step_s, validation_s):
    begun, beside = clock.now, {"s": 0.0}
    measured = []

    def spend(seconds):
        clock.now += seconds
        beside["s"] += seconds

    def script(session, net, opt):
        codec = session.codec(Continuous())

        def measure(batch):
            spend(validation_s / len(session.held_out))
            return {"loss": net.mean.square().mean()}

        session.validation(measure)
        for batch in session.batches():
            measured.append(session.step_count)
            clock.now += step_s(clock.now - begun)
            session.step(opt, ((codec.encode(batch.items) - net.mean) ** 2).mean())

    monkeypatch.setattr("studio.train.trainer.PreviewDrawing.draw", lambda *_: spend(1.0))
    trial = scripted(script, minutes=2.0)
    clock.now += 4.0  # The start of the process.
    trainer = trial.trainer(begun=begun)
    status = trainer.execute()
    assert status.state == "finished", status.message
    assert clock.now - begun == pytest.approx(120.0, rel=0.1)
    assert status.seconds == pytest.approx(clock.now - begun, abs=0.1)
    assert beside["s"] <= 0.1 * 120.0 + 1e-6
    assert status.total == status.step


def test_what_a_family_does_after_its_last_batch_is_counted_in(clock, scripted, monkeypatch):
    """Diffusion goes over the held-out items again, to choose an average: ten seconds of a minute."""
    begun = clock.now

    def script(session, net, opt):
        def measure(batch):
            clock.now += 2.0 / len(session.held_out)
            return {"loss": net.mean.square().mean()}

        session.validation(measure, closing=5)
        for _ in session.batches():
            clock.now += 0.5
            session.step(opt, net.mean.square().mean())
        for _ in range(5):
            session.held_out_mean(lambda batch: measure(batch)["loss"])

    monkeypatch.setattr("studio.train.trainer.PreviewDrawing.draw", lambda *_: None)
    assert scripted(script, minutes=1.0).train().state == "finished"
    assert clock.now - begun == pytest.approx(60.0, rel=0.1)


def test_progress_never_jumps_back_and_ends_at_one(clock, scripted):
    begun, seen = clock.now, []

    def script(session, net, opt):
        for _ in session.batches():
            seen.append((session.step_count, session.progress))
            clock.now += rising(clock.now - begun)
            session.step(opt, net.mean.square().mean())
        seen.append((session.step_count, session.progress))

    trial = scripted(script, minutes=2.0)
    trial.train()
    steps = [step for step, _ in seen]
    first = len(steps) - 1 - steps[::-1].index(0)
    shares = [share for _, share in seen[first:]]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert max(later - earlier for earlier, later in itertools.pairwise(shares)) < 0.1


def test_a_resumed_run_follows_the_recorded_plans(clock, scripted, plain_loop):
    """Killed after a plan that the last checkpoint does not know: up to there every step has the same progress."""

    def slowed(rates):
        def script(session, net, opt):
            step = session.step
            session.step = lambda *arguments: (rates.append((session.step_count, session.progress)), step(*arguments))

            def tick(batch):
                clock.now += 0.5 if session.step_count < 20 else 1.5
                return batch

            batches = session.batches
            session.batches = lambda: map(tick, batches())
            plain_loop(session, net, opt)

        return script

    whole_rates, broken_rates = [], []
    rare = {"checkpoint_every": 10, "checkpoint_minutes": 60, "validate_every": 10**6}
    whole = scripted(slowed(whole_rates), minutes=1.0, **rare)
    whole.train()
    broken = scripted(slowed(broken_rates), minutes=1.0, **rare)
    broken.train(kill_at=28)
    assert broken.checkpoint().step == 20
    last = broken.checkpoint().document["budget"]["plans"][-1]["step"]
    assert broken.trainer().record_of_plans.plans[-1].step > last
    broken.train()
    plans = {step: share for step, share in whole_rates if step}
    assert all(plans[step] == share for step, share in broken_rates if 0 < step <= 28)


def test_few_steps_are_said(clock, scripted):
    def script(session, net, opt):
        for _ in session.batches():
            clock.now += 13.0
            session.step(opt, net.mean.square().mean())

    trial = scripted(script, minutes=10.0)
    trial.train()
    database = RunDatabase(trial.folder)
    said = [event.message for _, event in database.events() if event.kind == "budget"]
    database.close()
    assert said[0].startswith("10 minutes at 0.077 steps a second make about")
    assert "steps are few, most models need hundreds: give it more time, smaller items, a smaller batch or a" in said[0]


def test_previews_change_no_bit_of_a_run_in_steps(scripted, plain_loop):
    runs = [scripted(plain_loop, steps=30, preview_every=every) for every in (None, 1)]
    for run in runs:
        run.train()
    first, second = (run.checkpoint().tensors["modules"]["net/mean"] for run in runs)
    assert torch.equal(first, second)


def two_phases(clock, seen, slow=0.5):
    """A training of two phases of half the run each; the steps of the second take three times as long."""

    def script(session, net, opt):
        codec = session.codec(Continuous())
        for phase, share, factor in (("codec", 0.5, 1.0), ("prior", 0.5, 3.0)):
            for batch in session.batches(phase, share):
                seen.append((phase, session.step_count, session.progress))
                clock.now += slow * factor
                session.step(opt, ((codec.encode(batch.items) - net.mean) ** 2).mean())

    return script


def test_phases_of_different_speed_share_the_minutes(clock, scripted):
    begun, seen = clock.now, []
    trial = scripted(two_phases(clock, seen), minutes=2.0)
    assert trial.train().state == "finished"
    assert clock.now - begun == pytest.approx(120.0, rel=0.1)
    learned = [(phase, share) for phase, step, share in seen if step]
    assert max(share for phase, share in learned if phase == "codec") == pytest.approx(0.5, abs=0.03)
    assert min(share for phase, share in learned if phase == "prior") == pytest.approx(0.5, abs=0.03)


def test_a_second_phase_has_a_step_where_the_minutes_ran_out_in_the_first(clock, scripted):
    """Without it the model would hold a network that never learned."""
    seen = []
    trial = scripted(two_phases(clock, seen, slow=70.0), minutes=1.0)
    assert trial.train().state == "finished"
    assert {phase for phase, _, _ in seen} == {"codec", "prior"}
    phases = trial.checkpoint().document
    assert all(phases["phase_ends"][name] > begun for name, begun in phases["phase_begins"].items())


def test_a_pause_is_no_part_of_the_minutes(clock, scripted, monkeypatch):
    from studio.train.commands import CommandListener

    begun, paused = clock.now, []
    obey = CommandListener.obey

    def pause_once(self, step):
        obey(self, step)
        if step == 20 and not paused:
            # As a person's pause does: the state says so, and the clock goes on.
            paused.append(step)
            self._recorder.beat(step, force=True)
            self._recorder.status.state = "paused"
            clock.now += 300.0
            self._recorder.beat(step, force=True)
            self._recorder.status.state = "running"

    monkeypatch.setattr(CommandListener, "obey", pause_once)

    def script(session, net, opt):
        for _ in session.batches():
            clock.now += 0.5
            session.step(opt, net.mean.square().mean())

    trial = scripted(script, minutes=2.0)
    assert trial.train().state == "finished"
    assert paused
    assert clock.now - begun - 300.0 == pytest.approx(120.0, rel=0.1)


def test_a_run_that_is_resumed_near_its_end_knows_what_its_last_validation_takes(clock, scripted, monkeypatch):
    """Killed at nine tenths: what validations took before is known, and there is no further tenth for them."""
    used = []

    def script(session, net, opt):
        def measure(batch):
            clock.now += 4.0 / len(session.held_out)
            return {"loss": net.mean.square().mean()}

        session.validation(measure)
        for _ in session.batches():
            clock.now += 0.5
            used.append(0.5)
            session.step(opt, net.mean.square().mean())

    monkeypatch.setattr("studio.train.trainer.PreviewDrawing.draw", lambda *_: None)
    trial = scripted(script, minutes=2.0, checkpoint_every=5)
    whole = scripted(script, minutes=2.0)
    whole.train()
    steps = whole.checkpoint().step
    trial.train(kill_at=round(0.9 * steps))
    at = trial.checkpoint()
    assert at.document["trainer"]["intervals"]["validation"]["seconds"] == pytest.approx(4.0)
    begun = clock.now
    assert trial.train().state == "finished"
    assert at.document["trainer"]["spent"] + clock.now - begun == pytest.approx(120.0, rel=0.1)


def test_a_checkpoint_of_before_there_were_plans_goes_on(scripted, plain_loop, monkeypatch):
    """It says ``steps`` in its budget, and nothing of plans, threads or intervals."""
    from studio.train.checkpoint import Checkpoint
    from studio.train.session import TrainSession

    snapshot = TrainSession.snapshot

    def old(self):
        made: Checkpoint = snapshot(self)
        made.document["budget"] = {"steps": 30, "minutes": None}
        for name in ("phase_begins", "phase_least", "optimizer_updates", "threads"):
            made.document.pop(name, None)
        return made

    whole = scripted(plain_loop, steps=30)
    whole.train()
    trial = scripted(plain_loop, steps=30, checkpoint_every=10)
    monkeypatch.setattr(TrainSession, "snapshot", old)
    trial.train(kill_at=15)
    monkeypatch.undo()
    (trial.folder / "plans.json").unlink(missing_ok=True)
    assert trial.train().state == "finished"
    first, second = (run.checkpoint().tensors["modules"]["net/mean"] for run in (whole, trial))
    assert torch.equal(first, second)
