import json
import math

import pytest
import torch

from studio.api import Continuous
from studio.core.errors import StudioError
from studio.store.metrics import RunDatabase


def events(trial):
    database = RunDatabase(trial.folder)
    found = [event for _, event in database.events()]
    database.close()
    return found


def same(first, second):
    a, b = first.checkpoint().tensors, second.checkpoint().tensors
    return all(torch.equal(a[group][key], b[group][key]) for group in a for key in a[group])


def test_phases_share_the_run_and_a_finished_one_yields_nothing(scripted, plain_loop):
    seen = []

    def script(session, net, opt):
        for phase, share in (("codec", 0.25), ("prior", 0.75)):
            for batch in session.batches(phase=phase, share=share):
                # A phase begins with a trial step on a few items, which leaves no trace.
                if len(batch.items) == 16:
                    seen.append((phase, session.step_count))
                session.step(opt, (net.mean**2).sum() + batch.items.float().mean() * net.mean.sum())

    trial = scripted(script, steps=12, checkpoint_every=1, batch_size=16)
    trial.train(kill_at=7)
    assert seen == [("codec", k) for k in range(3)] + [("prior", k) for k in range(3, 7)]
    seen.clear()
    assert trial.train().step == 12
    assert seen == [("prior", k) for k in range(7, 12)]
    whole = scripted(script, steps=12, batch_size=16)
    whole.train()
    assert same(trial, whole)


def test_resume_in_the_first_phase_too(scripted):
    def script(session, net, opt):
        second = session.optimizer("second", torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9))
        kept = session.state("kept", {"count": 0, "sum": torch.zeros(2)})
        for phase, share in (("a", 0.5), ("b", 0.5)):
            for _ in session.batches(phase, share):
                kept["count"] += 1
                kept["sum"] += torch.randn(2)
                session.step(opt, second, ((net.mean - torch.randn(())) ** 2).sum())
        assert kept["count"] == 10

    broken, whole = scripted(script, steps=10, checkpoint_every=1), scripted(script, steps=10)
    broken.train(kill_at=2)
    broken.train(kill_at=8)
    broken.train()
    whole.train()
    assert same(broken, whole)


def test_several_optimizers_and_untouched_gradients(scripted):
    def script(session, net, opt):
        other = session.module("other", torch.nn.Linear(2, 1))
        other_opt = session.optimizer("other", torch.optim.SGD(other.parameters(), lr=1.0))
        for _ in session.batches():
            other.weight.grad = torch.full_like(other.weight, 7.0)
            session.step(opt, (net.mean**2).sum() + other(torch.ones(2)).sum())
            assert (other.weight.grad == 7.0).all()
            session.step(opt, other_opt, (net.mean - 1).square().sum() + other(torch.ones(2)).sum())
            assert not (other.weight.grad == 7.0).any()

    assert scripted(script, steps=2).train().state == "finished"


@pytest.mark.fault("B8")
def test_an_update_that_is_not_finite_is_skipped_and_said(scripted, plain_loop):
    def script(session, net, opt):
        for _ in session.batches():
            before = net.mean.detach().clone()
            bad = session.step_count == 3
            session.step(opt, (net.mean * (math.nan if bad else 1.0)).sum())
            assert torch.equal(before, net.mean) == bad

    trial = scripted(script, steps=6)
    assert trial.train().step == 6
    assert [event.step for event in events(trial) if event.kind == "skipped"] == [3]


@pytest.mark.fault("B8")
def test_many_bad_updates_roll_back_and_halve_the_rate_while_steps_go_on(scripted):
    rates = {}

    def script(session, net, opt):
        for _ in session.batches():
            step = session.step_count
            rates[step] = opt.param_groups[0]["lr"]
            session.step(opt, (net.mean * (math.inf if 10 <= step < 31 else 1.0)).sum())

    trial = scripted(script, steps=35, checkpoint_every=5)
    assert trial.train().step == 35
    assert rates[30] == pytest.approx(0.05)
    assert rates[31] == pytest.approx(0.025)
    (event,) = [event for event in events(trial) if event.kind == "rollback"]
    assert "step 30" in event.message or "step 10" in event.message
    assert trial.checkpoint().finite


@pytest.mark.fault("B8")
def test_a_loss_that_is_never_finite_fails_with_a_sentence(scripted):
    def script(session, net, opt):
        for _ in session.batches():
            session.step(opt, net.mean.sum() * math.nan)

    with pytest.raises(StudioError, match="smaller lr"):
        scripted(script, steps=400).train()


def test_minutes_become_steps_and_the_warm_up_leaves_no_trace(scripted, plain_loop):
    import time

    def slow(session, net, opt):
        codec = session.codec(Continuous())
        for batch in session.batches():
            time.sleep(0.02)
            session.step(opt, ((codec.encode(batch.items) - net.mean) ** 2).mean() * (1 + torch.rand(())))

    timed = scripted(slow, minutes=0.03)
    assert timed.train().state == "finished"
    steps = timed.checkpoint().step
    assert 5 <= steps <= 90
    counted = scripted(slow, steps=steps)
    counted.train()
    # The scripted rate is constant, so that it does not matter how often the length was planned.
    assert same(timed, counted)


def test_the_schedule_sees_progress_alone(scripted, new_net):
    seen = []

    def script(session, net, opt):
        other = session.module("other", torch.nn.Linear(1, 1))
        scheduled = session.optimizer("s", torch.optim.SGD(other.parameters(), lr=2.0), lr_schedule=lambda p: 1 - p)
        for batch in session.batches():
            if len(batch.items) == 16:
                seen.append((session.progress, scheduled.param_groups[0]["lr"]))
            session.step(scheduled, other.weight.sum())

    scripted(script, steps=4, batch_size=16).train()
    assert seen == [(0.0, 2.0), (0.25, 1.5), (0.5, 1.0), (0.75, 0.5)]


def test_bfloat16_is_the_forward_pass_alone(scripted):
    def script(session, net, opt):
        layer = session.module("layer", torch.nn.Linear(4, 4))
        layer_opt = session.optimizer("layer", torch.optim.SGD(layer.parameters(), lr=0.1))
        for _ in session.batches():
            with session.autocast():
                out = layer(torch.ones(2, 4))
            assert out.dtype == torch.bfloat16
            assert layer.weight.dtype == torch.float32
            session.step(layer_opt, out.float().sum())

    assert scripted(script, steps=2, precision="bfloat16").train().state == "finished"


def test_the_average_is_validated_and_sampled(scripted, plain_loop):
    trial = scripted(plain_loop, steps=30, validate_every=10)
    trial.train()
    checkpoint = trial.checkpoint()
    live, averaged = checkpoint.tensors["modules"]["net/mean"], checkpoint.tensors["averaged"]["net/mean"]
    assert not torch.equal(live, averaged)
    assert torch.equal(trial.trained()._weights["net/mean"], averaged)
    assert len(trial.curve("validation.loss")) == 3
    assert checkpoint.document["best"]["value"] == min(trial.curve("validation.loss"))
    assert json.dumps(checkpoint.document["best"])


def test_shares_that_do_not_divide_lose_no_step(scripted):
    def script(session, net, opt):
        for phase in ("a", "b", "c"):
            for _ in session.batches(phase, 1 / 3):
                session.step(opt, net.mean.sum())
        assert session.progress == 1.0

    assert scripted(script, steps=100).train().step == 100


def test_a_rollback_at_the_beginning_of_a_phase_has_that_phases_modules(scripted):
    def script(session, net, opt):
        for _ in session.batches("a", 0.5):
            session.step(opt, net.mean.sum())
        prior = session.module("prior", torch.nn.Linear(1, 1), ema=0.9)
        prior_opt = session.optimizer("prior", torch.optim.Adam(prior.parameters()))
        for _ in session.batches("b", 0.5):
            bad = 30 <= session.step_count < 51
            session.step(prior_opt, prior.weight.sum() * (math.nan if bad else 1.0))

    trial = scripted(script, steps=60, checkpoint_every=7, validate_every=10**6, preview_every=10**6)
    assert trial.train().step == 60
    assert [event.kind for event in events(trial)].count("rollback") == 1


def test_a_validation_that_is_not_finite_fails_nothing(scripted, plain_loop):
    def script(session, net, opt):
        session.validation(lambda batch: {"loss": -math.inf if session.step_count < 10 else 1.0, "other": math.nan})
        for _ in session.batches():
            session.step(opt, (net.mean**2).sum())

    trial = scripted(script, steps=20, validate_every=5)
    assert trial.train().state == "finished"
    assert trial.checkpoint().document["best"] == {"step": 10, "value": 1.0, "metrics": {"validation.loss": 1.0}}


def test_a_module_the_plugin_froze_stays_frozen_after_a_preview(scripted):
    def script(session, net, opt):
        frozen = session.module("frozen", torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.Dropout(0.5)))
        frozen[1].eval()
        for _ in session.batches():
            assert frozen.training
            assert frozen[0].training
            assert not frozen[1].training
            session.step(opt, net.mean.sum())

    trial = scripted(script, steps=4, preview_every=1, validate_every=1)
    assert trial.train().state == "finished"
    assert len(list((trial.folder / "previews").iterdir())) == 4


def test_steps_slower_than_the_budget_end_the_warm_up_early(scripted):
    import time

    taken = []

    def script(session, net, opt):
        for _ in session.batches():
            time.sleep(0.3)
            taken.append(session.progress)
            session.step(opt, net.mean.sum())

    assert scripted(script, minutes=0.02).train().state == "finished"
    assert len(taken) < 12
