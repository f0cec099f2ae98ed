import numpy as np
import pytest
import torch
from torch import nn

from studio.core.errors import PluginError
from studio.core.manifest import label_input, latent_input, noise_input, scalar_input, steps_input
from studio.core.modality import ImageSpec
from studio.core.noise import noise
from studio.core.spec import Continuous
from studio.nn import Sampler, Stage, Transform, draw_inputs, make_codec, run_program


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
    codec = make_codec(ImageSpec(shape=(1, 1, 1)), Continuous())
    stages = [Stage(Add(), "steps"), Stage(Add(), 2, enter=Double())]
    return Sampler(inputs, Init(), First(), codec, stages)


def test_stages_run_in_order_with_enter_between_them(sampler):
    seen = []
    unit, items = run_program(
        sampler, draw_inputs(sampler.inputs, 0, [0]), lambda values: seen.append(values[0].item())
    )
    # 0.1 * (1 + 2 + 3) = 0.6, doubled 1.2, plus 0.1 * (1 + 2) = 1.5: cut to white.
    assert seen == pytest.approx([0.0, 0.1, 0.3, 0.6, 1.3, 1.5])
    assert items.item() == 255
    inputs = draw_inputs(sampler.inputs, 0, [0], scalars={"shift": 0.02, "steps": 1})
    unit, _ = run_program(sampler, inputs)
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


def test_a_program_that_could_not_be_exported_is_refused_at_once():
    codec = make_codec(ImageSpec(shape=(2, 2, 1)), Continuous())
    inputs, net = [noise_input((4,))], nn.Identity()
    with pytest.raises(PluginError, match="The finish of a Transform must be a module, not 'latent'"):
        Transform(inputs, net, "latent")
    with pytest.raises(PluginError, match="The init of a Sampler must be a module"):
        Sampler(inputs, lambda x: x, codec=codec)
    for wrong in (noise_input((4,)), [noise_input], ["noise"]):
        with pytest.raises(PluginError, match=r"The inputs of a Sampler must be a list of inputs of studio.api"):
            Sampler(wrong, net, codec=codec)
    with pytest.raises(PluginError, match="A Sampler gives 'samples' by a codec"):
        Sampler(inputs, net)
    with pytest.raises(PluginError, match="A Transform gives 'samples' by a codec"):
        Transform(inputs, net, codec=codec, output="pictures")


def test_values_of_the_caller_stand_between_the_noise():
    inputs = [noise_input((4,)), latent_input((2,)), noise_input((3,), "other")]
    given = torch.ones(2, 2)
    first, latent, other = draw_inputs(inputs, 0, [0, 1], values={"latent": given})
    assert torch.equal(latent, given)
    assert (first.shape, other.shape) == ((2, 4), (2, 3))
