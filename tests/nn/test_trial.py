"""A sampler's faults are found before step 1, in words that say what to change (P8)."""

import pytest
import torch
from torch import nn

from studio.core.errors import PluginError, StudioError
from studio.core.manifest import noise_input, steps_input
from studio.core.modality import ImageSpec
from studio.core.spec import Continuous
from studio.nn import Sampler, Stage, make_codec
from studio.nn.trial import try_sampler

SPEC = ImageSpec(shape=(4, 4, 1))


@pytest.fixture
def scripted_sampler(workspace):
    """Make a trial of a family with another sampler and training."""
    from studio.api import hookimpl
    from studio.testing import Trial, toy_dataset
    from tests.train.conftest import ScriptedPlugin

    def make(sample, script):
        class Plugin(ScriptedPlugin):
            @hookimpl
            def studio_sample(self, trained):
                return sample(trained)

        return Trial(Plugin(script), workspace, toy_dataset(workspace, (4, 4, 1), 2, 64), {}, {"steps": 3})

    return make


class Module(nn.Module):
    """A module of one function."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *values):
        return self.function(*values)


def sampler(init=lambda x, n: x, step=lambda i, x: x * 0.9, finish=lambda x: x, trip="steps", codec=None):
    codec = codec or make_codec(ImageSpec(shape=SPEC.shape), Continuous())
    return Sampler(
        [noise_input((1, 4, 4)), steps_input(3)], Module(init), Module(finish), codec, [Stage(Module(step), trip)]
    )


def test_a_sound_sampler_passes_and_its_cost_is_guessed():
    assert 0 <= try_sampler(sampler(), SPEC) < 10


@pytest.mark.parametrize("trip", ["n_steps", "noise", -1, 2.5])
def test_a_trip_that_names_no_input_is_refused_when_the_sampler_is_made(trip):
    with pytest.raises(PluginError, match=r"trip .* a number of steps, or the name of a whole-number input \(steps\)"):
        sampler(trip=trip)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"step": lambda i, x: (x, x)}, "turns 1 states into 2"),
        ({"step": lambda i, x: x.double()}, r"from float32 \(2, 1, 4, 4\) into float64"),
        ({"step": lambda i, x: x.flatten()}, "same type and number of axes"),
        ({"step": lambda i, x: x @ torch.ones(3, 3)}, "The step of stage 0 of the sampler fails: RuntimeError"),
        ({"step": lambda i, x: None}, "gave NoneType where a tensor belongs"),
        ({"finish": lambda x: (x, x)}, "finish gave 2 values"),
        ({"finish": lambda x: x[:, :, :3]}, r"draws uint8 \(2, 3, 4, 1\), and two items of the data set are uint8"),
        ({"init": lambda x, n: x + torch.randn_like(x)}, "draws random numbers of its own"),
        ({"step": lambda i, x: x - x.mean(0, keepdim=True)}, "depends on the others of its batch"),
        (
            {"step": lambda i, x: x if bool(x.sum() > -1e9) else -x},
            r"step of stage 0 .* cannot be captured .* \(No branch",
        ),
        (
            {"finish": lambda x: x.reshape(-1, 1, 4, 4) * torch.ones(x.tolist().__len__(), 1, 1, 1)},
            "cannot be captured",
        ),
        (
            {"step": lambda i, x: torch.linalg.eigh(x)[1] + 0 * x},
            r"step of stage 0 .* cannot be exported: torch has no way to write aten\._linalg_eigh\.default as ONNX",
        ),
        ({"finish": lambda x: torch.special.bessel_j0(x)}, r"prims\.bessel_j0\.default"),
    ],
)
def test_what_would_fail_after_the_training_is_said_before_it(parts, said):
    with pytest.raises(PluginError, match=said):
        try_sampler(sampler(**parts), SPEC)


def test_a_module_that_comes_with_a_later_phase_is_asked_for_in_time(scripted_sampler):
    """What is sampled is known before the first batch: a module that is made between the phases comes too late."""

    def script(session, net, opt):
        for _ in session.batches():
            raise AssertionError("no step may be taken")

    with pytest.raises(StudioError, match=r"no module 'prior'.*those of later phases too, before its first batch"):
        scripted_sampler(lambda trained: trained.module("prior", nn.Linear(2, 2)), script).train()


def test_a_training_begins_with_it(scripted_sampler):
    def script(session, net, opt):
        for _ in session.batches():
            raise AssertionError("no step may be taken")

    with pytest.raises(StudioError, match="studio_sample of the plugin 'tested' gave a dict, not a Sampler"):
        scripted_sampler(lambda trained: {"noise": 1}, script).train()


def test_what_a_preview_takes_is_guessed_from_one_of_its_size(monkeypatch):
    """Many are drawn for little more than two: by two of them, a run of ten minutes had no preview before its end."""
    clock = iter(range(10**6))
    rows = []

    def step(i, x):
        rows.append(len(x))
        return x * 0.9

    monkeypatch.setattr("studio.nn.trial.time.perf_counter", lambda: float(next(clock)))
    # Each step takes one tick, whatever the number of samples; three steps are the sampler's default.
    assert try_sampler(sampler(step=step), SPEC, count=16) == 3.0
    assert rows[-1] == 16
