"""Each thing that labels, latents and likelihoods must keep is missed where it is not kept."""

from unittest import SkipTest

import pytest
import torch
from torch import nn

from studio.api import Continuous, Likelihood, hookimpl, items_input, label_input, latent_input, noise_input
from studio.nn import Sampler, Transform
from studio.testing.abilities import check_conditions, check_likelihood, check_round_trip
from tests.testing.toys import AbleToy, Toy, learned

LIKELIHOOD = Likelihood(kind="exact", protocol="8-bit", dims=64)


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *values):
        return self.function(*values)


@pytest.mark.parametrize("modality", ["image", "table"])
@pytest.mark.parametrize("conditions", [("none",), ("class",), ("none", "class")])
def test_a_sound_family(workspace, modality, conditions):
    plugin = AbleToy()
    plugin.conditions = conditions
    made = learned(plugin, workspace, modality)
    check_conditions(made)
    check_round_trip(made)
    check_likelihood(made)


def test_what_a_family_does_not_do_is_skipped(workspace):
    made = learned(Toy(), workspace)
    with pytest.raises(SkipTest, match="neither encodes nor decodes"):
        check_round_trip(made)
    with pytest.raises(SkipTest, match="no likelihood of such data"):
        check_likelihood(made)


def with_label(self, trained):
    codec = trained.codec(Continuous())
    return Sampler([noise_input(codec.shape), label_input(2)], trained.module("net", self.net(trained)), codec=codec)


def deaf(self, trained):
    codec = trained.codec(Continuous())
    init = Function(lambda noise, label: noise)
    return Sampler([noise_input(codec.shape), *trained.label_inputs()], init, codec=codec)


def without_label(self, trained):
    codec = trained.codec(Continuous())
    return Sampler([noise_input(codec.shape)], Function(lambda noise: noise), codec=codec)


@pytest.mark.parametrize(
    ("conditions", "sample", "said"),
    [
        (("none",), with_label, "takes a label, and the family does not declare the condition 'class'; declare"),
        (("class",), without_label, "declares the condition 'class', and its sampler takes no label; add"),
        (("none", "class"), deaf, "Another label gives the same samples; let init use its label"),
    ],
)
def test_a_condition_that_does_not_hold(workspace, conditions, sample, said):
    plugin = type("Plugin", (Toy,), {"studio_sample": hookimpl(sample), "conditions": conditions})()
    with pytest.raises(AssertionError, match=said):
        check_conditions(learned(plugin, workspace))


def encoder(function, inputs=1):
    """An encoder of a function of the items in the view."""

    def encode(self, trained):
        codec = trained.codec(Continuous())
        init = Function(lambda *values: function(codec.encode(values[0])))
        return Transform([items_input(trained.spec)] * inputs, init, output="latent")

    return encode


def decoder(function, shape=(1, 8, 8)):
    def decode(self, trained):
        return Transform([latent_input(shape)], Function(function), codec=trained.codec(Continuous()))

    return decode


def bare_decoder(self, trained):
    return Transform([latent_input((1, 8, 8))], nn.Identity(), output="items")


def noise_only(self, trained):
    return Transform([noise_input((1, 8, 8))], nn.Identity(), codec=trained.codec(Continuous()))


@pytest.mark.parametrize(
    ("hooks", "said"),
    [
        ({"encode": encoder(lambda x: x / 0.0)}, "studio_encode gives numbers that are not finite; look for"),
        (
            {"encode": encoder(lambda x: x[:2])},
            r"studio_encode gives float32 \(2, 1, 8, 8\) for 3 items; its first axis",
        ),
        (
            {"encode": encoder(lambda x: x - x.mean(0))},
            "studio_encode gives another latent where the item is not alone",
        ),
        (
            {"encode": encoder(lambda x: x, 2)},
            "The Transform of studio_encode takes 2 values of the caller, and one is ",
        ),
        (
            {"encode": encoder(lambda x: x.flatten(1))},
            r"studio_encode gives float32 \(3, 64\), and studio_decode takes ",
        ),
        ({"decode": noise_only}, "The Transform of studio_decode takes 0 values of the caller"),
        ({"decode": decoder(lambda z: z[:, :, :4])}, r"studio_decode gives uint8 \(3, 4, 8, 1\), and 3 items"),
        ({"decode": bare_decoder}, r"studio_decode gives float32 \(3, 1, 8, 8\), and 3 items of the data are uint8"),
        (
            {"decode": decoder(lambda z: z - z.mean(0))},
            "studio_decode gives another item where its latent is not alone",
        ),
    ],
)
def test_a_round_trip_that_does_not_come_back(workspace, hooks, said):
    hooks = {f"studio_{name}": hookimpl(hook) for name, hook in hooks.items()}
    plugin = type("Plugin", (AbleToy,), hooks)()
    with pytest.raises(AssertionError, match=said):
        check_round_trip(learned(plugin, workspace))


def test_a_decoder_alone_is_tried_with_latents_of_its_own(workspace):
    cut = [3]
    plugin = type("Plugin", (Toy,), {"studio_decode": hookimpl(decoder(lambda z: z[: cut[0]]))})()
    made = learned(plugin, workspace)
    check_round_trip(made)
    cut[0] = 2
    with pytest.raises(AssertionError, match=r"studio_decode gives uint8 \(2, 8, 8, 1\)"):
        check_round_trip(made)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda x: x.flatten(1), r"studio_log_prob gives float32 \(3, 64\) for 3 items, and one float32 an item"),
        (lambda x: x.mean(), r"studio_log_prob gives float32 \(\) for 3 items"),
        (lambda x: x.flatten(1).sum(1).double(), r"studio_log_prob gives float64 \(3,\)"),
        (lambda x: torch.log(-x.flatten(1).square().sum(1)), "studio_log_prob gives numbers that are not finite"),
        (
            lambda x: (x - 9 * x.mean(0)).flatten(1).sum(1),
            "studio_log_prob gives another likelihood where the item is not",
        ),
    ],
)
def test_a_likelihood_that_is_none(workspace, function, said):
    def log_prob(self, trained):
        codec = trained.codec(Continuous())
        init = Function(lambda items: function(codec.encode(items)))
        return Transform([items_input(trained.spec)], init, output="log_prob", likelihood=LIKELIHOOD)

    plugin = type("Plugin", (Toy,), {"studio_log_prob": hookimpl(log_prob)})()
    with pytest.raises(AssertionError, match=said):
        check_likelihood(learned(plugin, workspace))
