"""A training that did not do what a training does fails with a sentence, not as a finished run (P4, P5)."""

import numpy as np
import pytest
import torch

from studio.api import Continuous, Family, FamilySettings, ImageSpec, label_input, noise_input
from studio.core.errors import PluginError, StudioError
from studio.store.metrics import RunDatabase
from studio.train.outcome import check_conditions


def warnings(trial):
    database = RunDatabase(trial.folder)
    found = [event.message for _, event in database.events() if event.kind == "warning"]
    database.close()
    return found


def loss_of(session, net, batch):
    return ((session.codec(Continuous()).encode(batch.items) - net.mean) ** 2).mean()


def test_a_training_that_never_steps_learned_nothing(scripted):
    def script(session, net, opt):
        for batch in session.batches():
            session.log(loss=loss_of(session, net, batch))

    with pytest.raises(StudioError, match=r"learned nothing in 5 steps: studio_train must call session\.step"):
        scripted(script, steps=5).train()


def test_a_training_without_a_loop_took_no_batch(scripted):
    with pytest.raises(StudioError, match=r"took no batch: studio_train must loop over session\.batches\(\)"):
        scripted(lambda session, net, opt: None, steps=5).train()


def test_a_loop_that_is_left_early_is_told(scripted):
    def script(session, net, opt):
        for batch in session.batches():
            session.step(opt, loss_of(session, net, batch))
            if session.step_count == 2:
                break

    trial = scripted(script, steps=5)
    with pytest.raises(StudioError, match=r"ended at step 2 of 5: its loop over session\.batches\(\) was left early"):
        trial.train()
    assert trial.checkpoint().step == 2


def test_phases_that_leave_batches_over_are_told(scripted):
    def script(session, net, opt):
        for batch in session.batches("codec", share=0.5):
            session.step(opt, loss_of(session, net, batch))

    with pytest.raises(StudioError, match=r"ended at step 3 of 6: its phases take 50% of the run together"):
        scripted(script, steps=6).train()


def test_a_monitor_that_is_never_reported_is_told_at_the_first_validation(scripted):
    def script(session, net, opt):
        session.validation(lambda batch: {"likelihood": net.mean.sum()})
        for batch in session.batches():
            assert session.step_count < 30
            session.step(opt, loss_of(session, net, batch))

    with pytest.raises(StudioError, match=r"names 'loss' as the metric .* and its validation reports likelihood\."):
        scripted(script, steps=40).train()


def test_an_optimizer_that_never_steps_is_said(scripted):
    def script(session, net, opt):
        other = session.module("other", torch.nn.Linear(2, 1))
        session.optimizer("other", torch.optim.SGD(other.parameters(), lr=1.0))
        for batch in session.batches():
            session.step(opt, loss_of(session, net, batch))

    trial = scripted(script, steps=4)
    assert trial.train().state == "finished"
    assert warnings(trial) == ["The optimizer 'other' never updated anything."]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (torch.zeros(3), r"'loss' as a tensor of shape \(3,\)"),
        (np.zeros(2), r"'loss' as an array of shape \(2,\)"),
        (None, "'loss' as NoneType"),
        ("0.5", "'loss' as str"),
    ],
)
@pytest.mark.parametrize("where", ["log", "validation"])
def test_what_is_no_number_is_refused_with_its_name(scripted, value, said, where):
    def script(session, net, opt):
        if where == "validation":
            session.validation(lambda batch: {"loss": value})
        for batch in session.batches():
            session.step(opt, loss_of(session, net, batch))
            if where == "log":
                session.log(loss=value)

    call = "session.log" if where == "log" else "validation"
    with pytest.raises(StudioError, match=rf"{call} was given {said}; report one number"):
        scripted(script, steps=4).train()


def test_numbers_of_every_kind_are_logged(scripted):
    def script(session, net, opt):
        for batch in session.batches():
            session.step(opt, loss_of(session, net, batch))
            session.log(a=1, b=np.float32(2), c=torch.tensor([3.0]), d=True, e=np.ones(()))

    trial = scripted(script, steps=2)
    assert trial.train().state == "finished"
    assert [trial.curve(name)[0] for name in "abcde"] == [1.0, 2.0, 3.0, 1.0, 1.0]


def test_what_was_learned_is_kept_where_the_monitor_is_missing_at_the_end(scripted):
    """The first validation may be the last, as in a short run."""

    def script(session, net, opt):
        session.validation(lambda batch: {"likelihood": net.mean.sum()})
        for batch in session.batches():
            session.step(opt, loss_of(session, net, batch))

    trial = scripted(script, steps=4)
    with pytest.raises(StudioError, match="names 'loss' as the metric"):
        trial.train()
    assert trial.checkpoint().step == 4


def test_a_phase_without_a_step_is_told(scripted):
    def script(session, net, opt):
        for phase in ("codec", "prior"):
            for batch in session.batches(phase, share=0.5):
                session.step(opt, loss_of(session, net, batch))

    with pytest.raises(StudioError, match=r"took no step of its phase 'prior': the run is too short .* 1 step;"):
        scripted(script, steps=1).train()


def test_a_phase_that_was_left_early_is_not_gone_on_with(scripted):
    """Resumed in the second phase, the first stays over."""
    seen = []

    def script(session, net, opt):
        for batch in session.batches("codec", share=0.5):
            session.step(opt, loss_of(session, net, batch))
            if session.step_count >= 4:
                break
        for batch in session.batches("prior", share=0.5):
            seen.append(session.step_count)
            session.step(opt, loss_of(session, net, batch))

    trial = scripted(script, steps=20, checkpoint_every=2)
    trial.train(kill_at=12)
    seen.clear()
    assert trial.train().state == "finished"
    assert seen
    assert max(seen) == 19


def test_every_update_refused_is_no_missing_step(scripted):
    def script(session, net, opt):
        for _ in session.batches():
            session.step(opt, net.mean.sum() * float("nan"))

    with pytest.raises(StudioError, match="every loss or gradient was not finite; try a smaller lr"):
        scripted(script, steps=30).train()


@pytest.mark.parametrize(
    ("conditions", "label", "said"),
    [
        (("none",), True, "and its sampler takes a label; declare ('none', 'class'), or leave the input out."),
        (("none", "class"), False, "and its sampler takes no label of data with classes; add trained.label_inputs()"),
        (("class",), False, "and its sampler takes no label of data with classes; add trained.label_inputs()"),
    ],
)
def test_a_sampler_that_does_not_take_what_its_family_says(conditions, label, said):
    inputs = [noise_input((3,)), *([label_input(2)] if label else [])]
    family = Family("toy", "T", "S.", FamilySettings, ("loss", "min"), conditions=conditions)
    with pytest.raises(PluginError) as raised:
        check_conditions(family, inputs, ImageSpec(shape=(4, 4, 1), classes=("a", "b")))
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("conditions", "label", "classes"),
    [(("none",), False, ("a",)), (("none", "class"), True, ("a",)), (("none", "class"), False, ())],
)
def test_a_sampler_that_does(conditions, label, classes):
    inputs = [noise_input((3,)), *([label_input(2)] if label else [])]
    family = Family("toy", "T", "S.", FamilySettings, ("loss", "min"), conditions=conditions)
    check_conditions(family, inputs, ImageSpec(shape=(4, 4, 1), classes=classes))
