import numpy as np
import pytest
import torch
from torch import nn

from studio.core.noise import noise
from studio.core.sampling import label_input, noise_input, scalar_input, steps_input
from studio.core.spec import Continuous, DataSpec
from studio.nn import Sampler, Stage, draw_inputs, make_codec, run_sampler


class Init(nn.Module):
    def forward(self, x, steps, shift):
        return x * 0.0, shift


class Add(nn.Module):
    def forward(self, i, x, shift):
        return x + (i + 1) * shift


class Double(nn.Module):
    def forward(self, x, shift):
        return x * 2.0


class First(nn.Module):
    def forward(self, x, *constants):
        return x


@pytest.fixture
def sampler():
    inputs = [noise_input((1, 1, 1)), steps_input(3), scalar_input("shift", 0.1)]
    codec = make_codec(DataSpec(shape=(1, 1, 1)), Continuous())
    stages = [Stage(Add(), "steps"), Stage(Add(), 2, enter=Double())]
    return Sampler(inputs, Init(), First(), codec, stages)


def test_stages_run_in_order_with_enter_between_them(sampler):
    seen = []
    unit, items = run_sampler(sampler, draw_inputs(sampler.inputs, 0, [0]), lambda *now: seen.append(now))
    # 0.1 * (1 + 2 + 3) = 0.6, doubled 1.2, plus 0.1 * (1 + 2) = 1.5: cut to white.
    assert seen == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]
    assert items.item() == 255
    inputs = draw_inputs(sampler.inputs, 0, [0], scalars={"shift": 0.02, "steps": 1})
    unit, _ = run_sampler(sampler, inputs)
    # 0.02, doubled 0.04, plus 0.06: 0.1 in the view.
    assert unit.item() == pytest.approx(0.55)


def test_inputs_are_what_the_service_draws():
    inputs = [noise_input((2, 3)), noise_input((4,), "noise.other", "uniform"), label_input(5), scalar_input("s", 2.0)]
    first, second, label, scalar = draw_inputs(inputs, 9, [3, 1], [4, 0])
    np.testing.assert_array_equal(first.numpy(), noise(9, [3, 1], (2, 3), "normal", 0))
    np.testing.assert_array_equal(second.numpy(), noise(9, [3, 1], (4,), "uniform", 1))
    assert label.tolist() == [4, 0]
    assert scalar.item() == 2.0
    assert draw_inputs(inputs, 9, [3, 1])[2].tolist() == [-1, -1]
    assert torch.equal(draw_inputs(inputs, 9, [3])[0][0], first[0])
