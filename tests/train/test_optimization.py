"""One update: whose parameters move, what is clipped, what is skipped, and what a checkpoint keeps of it."""

import math

import pytest
import torch
from torch import nn

from studio.core.errors import PluginError
from studio.nn import AveragedModule
from studio.train.checkpoint import Checkpoint
from studio.train.optimization import Optimization, TrackedModule


@pytest.fixture
def make():
    """Make two nets of one weight each, both 1, with an optimizer of plain descent each."""

    def make(clip=0.0, make_optimizer=lambda weights: torch.optim.SGD(weights, lr=0.5)):
        optimization = Optimization(clip)
        for name in ("a", "b"):
            net = nn.Linear(1, 1, bias=False)
            net.weight.data.fill_(1.0)
            optimization.modules[name] = TrackedModule(net, AveragedModule(net, 0.5) if name == "a" else None)
            optimization.track(name, make_optimizer(net.parameters()), lambda progress: 1.0 - progress)
        return optimization

    return make


def weight(optimization, name):
    return optimization.modules[name].module.weight


def opt(optimization, name):
    return optimization.optimizers[name].optimizer


def test_an_update_moves_the_parameters_of_its_optimizer_alone(make):
    optimization = make()
    weight(optimization, "b").grad = torch.full((1, 1), 7.0)
    loss = (weight(optimization, "a") * weight(optimization, "b")).sum() * 2.0
    done, norm = optimization.update((opt(optimization, "a"),), loss)
    assert (done, float(norm)) == (True, 2.0)
    assert weight(optimization, "a").item() == 0.0
    assert weight(optimization, "b").item() == 1.0
    assert weight(optimization, "b").grad.item() == 7.0
    assert [tracked.updates for tracked in optimization.modules.values()] == [1, 0]
    # The decay of the first update is 2 / 11.
    assert optimization.modules["a"].averaged.module.weight.item() == pytest.approx(2 / 11)


def test_several_optimizers_take_one_loss(make):
    optimization = make()
    loss = (weight(optimization, "a") + weight(optimization, "b")).sum()
    done, norm = optimization.update((opt(optimization, "a"), opt(optimization, "b")), loss)
    assert done
    assert float(norm) == pytest.approx(math.sqrt(2))
    assert weight(optimization, "a").item() == weight(optimization, "b").item() == 0.5


def test_a_gradient_is_clipped_and_its_norm_told_as_it_was(make):
    optimization = make(clip=1.0)
    _, norm = optimization.update((opt(optimization, "a"),), 4.0 * weight(optimization, "a").sum())
    assert float(norm) == 4.0
    assert weight(optimization, "a").item() == pytest.approx(0.5, abs=1e-5)


@pytest.mark.parametrize("factor", [math.nan, math.inf])
def test_what_is_not_finite_is_skipped_and_counted(make, factor):
    optimization = make()
    for count in (1, 2):
        done, _ = optimization.update((opt(optimization, "a"),), factor * weight(optimization, "a").sum())
        assert not done
        assert optimization.skipped == count
    assert weight(optimization, "a").item() == 1.0
    assert weight(optimization, "a").grad is None
    assert optimization.modules["a"].updates == optimization.optimizers["a"].updates == 0
    optimization.update((opt(optimization, "a"),), weight(optimization, "a").sum())
    assert optimization.skipped == 0


def test_learning_rates_follow_progress_and_rollbacks(make):
    optimization = make()
    optimization.lr_factor = 0.5
    optimization.set_learning_rates(0.25)
    assert opt(optimization, "a").param_groups[0]["lr"] == pytest.approx(0.5 * 0.5 * 0.75)
    optimization.set_learning_rates(0.0)
    assert opt(optimization, "a").param_groups[0]["lr"] == pytest.approx(0.25)


def test_an_unknown_optimizer(make):
    optimization = make()
    stranger = torch.optim.SGD([weight(optimization, "a")], lr=1.0)
    with pytest.raises(PluginError, match=r"session\.step was given an optimizer that session\.optimizer has not seen"):
        optimization.update((stranger,), weight(optimization, "a").sum())


def test_a_checkpoint_goes_on_to_the_bit(make):
    def adam(weights):
        return torch.optim.Adam(weights, lr=0.1)

    def step(optimization):
        optimization.update((opt(optimization, "a"),), weight(optimization, "a").square().sum())

    whole = make(make_optimizer=adam)
    step(whole)
    tensors, document = whole.pack()
    tensors = {group: {key: value.clone() for key, value in held.items()} for group, held in tensors.items()}
    resumed = make(make_optimizer=adam)
    resumed.fill(Checkpoint(1, tensors, document))
    step(whole)
    step(resumed)
    assert torch.equal(weight(whole, "a"), weight(resumed, "a"))
    for part in ("modules", "averaged"):
        assert whole.pack()[0][part].keys() == resumed.pack()[0][part].keys()
        assert all(torch.equal(value, resumed.pack()[0][part][key]) for key, value in whole.pack()[0][part].items())
    assert resumed.modules["a"].updates == resumed.optimizers["a"].updates == 2
    assert resumed.optimizers["b"].updates == 0


def test_a_network_that_does_not_fit_is_said(make):
    tensors, document = make().pack()
    tensors["modules"]["a/weight"] = torch.ones(3, 3)
    with pytest.raises(PluginError, match=r"does not fit the network 'a' .* so start a new run\. \(size mismatch"):
        make().fill(Checkpoint(1, tensors, document))


def test_every_weight_is_looked_at(make):
    optimization = make()
    assert optimization.all_finite()
    weight(optimization, "b").data.fill_(math.inf)
    assert not optimization.all_finite()
    assert Optimization(0.0).all_finite()
