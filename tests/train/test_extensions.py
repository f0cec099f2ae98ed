"""What plugins bring to a run beside its family: transforms of items, and another codec."""

import numpy as np
import pytest
import torch
from torch import nn

from studio.api import Continuous, ItemCodec, ItemTransform, Tokens
from studio.core.errors import PluginError, SettingsError
from studio.core.modality import ImageSpec
from studio.core.settings import TrainSettings
from studio.nn import ContinuousImageCodec, TokenImageCodec
from studio.runtime.model import OnnxModel
from studio.testing.contract import draw_samples
from studio.train.extensions import RunExtensions, load_extensions
from studio.train.trainer import Trainer
from tests.hooks.conftest import install, site, source

__all__ = ["install", "site", "source"]

SPEC = ImageSpec(shape=(4, 4, 1))
ITEMS = np.arange(32, dtype=np.uint8).reshape(2, 4, 4, 1)
LABELS = np.array([0, 1])
PLUGIN = """
import numpy as np

from studio.api import ItemCodec, ItemTransform, hookimpl


def flip(items, labels, random):
    turned = random.random(len(items)) < 0.5
    items[turned] = items[turned, :, ::-1]
    return items


def negative(spec, view):
    from studio.nn import ContinuousImageCodec

    class Negative(ContinuousImageCodec):
        def encode(self, items, noise=None):
            return -super().encode(items, noise)

        def decode(self, view):
            return super().decode(-view)

    return Negative(spec, view)


class Plugin:
    @hookimpl
    def studio_transforms(self):
        return [ItemTransform("flip", "Flip", "image", apply=flip)]

    @hookimpl
    def studio_codecs(self):
        return [ItemCodec("negative", "Negative", "image", "grid", build=negative)]


plugin = Plugin()
"""


def transform(*functions):
    return RunExtensions(transforms=tuple(ItemTransform("t", "T", "image", apply=each) for each in functions))


def test_the_numbers_of_a_transform_depend_on_seed_and_step_alone():
    seen = []

    def apply(items, labels, random):
        seen.append(random.random())
        return items

    for seed, step in [(1, 2), (1, 2), (1, 3), (2, 2)]:
        transform(apply, apply).transform(ITEMS, LABELS, seed, step)
    assert seen[:2] == seen[2:4]
    assert len(set(seen)) == 6


def test_what_it_does_in_place_does_not_reach_the_data_set():
    def darken(items, labels, random):
        items[:] = 0
        labels[:] = 0
        return items

    items, labels = transform(darken).transform(ITEMS, LABELS, 0, 0)
    assert not items.any()
    assert ITEMS.any()
    assert labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("apply", "said"),
    [
        (lambda items, labels, random: None, "The transform 'T' gave <class 'NoneType'>, not uint8 [2, 4, 4, 1]"),
        (lambda items, labels, random: items[:1], "gave uint8 [1, 4, 4, 1], not uint8 [2, 4, 4, 1] as it got."),
        (lambda items, labels, random: items / 2, "gave float64 [2, 4, 4, 1], not uint8"),
        (lambda items, labels, random: 1 / 0, "The transform 'T' failed: ZeroDivisionError: division by zero."),
    ],
)
@pytest.mark.fault("F1", "F4")
def test_a_transform_that_does_not_keep_the_contract(apply, said):
    with pytest.raises(PluginError) as raised:
        transform(apply).transform(ITEMS, LABELS, 0, 0)
    assert said in str(raised.value)


def test_a_codec_takes_the_place_of_that_of_its_view_only():
    made = RunExtensions(ItemCodec("c", "C", "image", "grid", build=ContinuousImageCodec))
    assert isinstance(made.make_codec(SPEC, Continuous()), ContinuousImageCodec)
    assert isinstance(made.make_codec(SPEC, Tokens(levels=4)), TokenImageCodec)


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda spec, view: None, "The codec 'C' gave NoneType, which has no shape, dims, levels"),
        (lambda spec, view: nn.Identity(), "The codec 'C' gave Identity, which has no shape"),
        (lambda spec, view: 1 / 0, "The codec 'C' cannot be made: ZeroDivisionError: division by zero."),
    ],
)
@pytest.mark.fault("F1", "F4")
def test_a_codec_that_does_not_keep_the_contract(build, said):
    with pytest.raises(PluginError) as raised:
        RunExtensions(ItemCodec("c", "C", "image", "grid", build=build)).make_codec(SPEC, Continuous())
    assert said in str(raised.value)


def test_what_settings_name_is_loaded_from_the_one_that_brings_it(install):
    install("mine", PLUGIN)
    found = load_extensions(TrainSettings(codec="mine:negative", transforms="mine:flip, mine:flip"))
    assert found.codec.title == "Negative"
    assert [each.id for each in found.transforms] == ["flip", "flip"]
    with pytest.raises(PluginError, match="The package 'mine' brings no ItemCodec 'flip'"):
        load_extensions(TrainSettings(codec="mine:flip"))
    with pytest.raises(PluginError, match="The package 'gone' is not installed; install it with 'studio plugins"):
        load_extensions(TrainSettings(codec="gone:x"))
    with pytest.raises(SettingsError, match="'flip' names nothing that a plugin brings: write PACKAGE:ID"):
        load_extensions(TrainSettings(transforms="flip"))


def test_learned_resumed_and_exported_with_a_codec_and_a_transform(install, scripted, plain_loop, uncaptured):
    """The file holds the codec's way back; a resumed run is the same to the bit."""
    install("mine", PLUGIN)
    options = {"codec": "mine:negative", "transforms": "mine:flip", "steps": 6, "checkpoint_every": 2}
    trial = scripted(plain_loop, **options)
    assert trial.train().state == "finished"
    broken = scripted(plain_loop, **options)
    broken.train(kill_at=3)
    assert Trainer(broken.workspace, broken.folder, broken.family).execute().state == "finished"
    means = [each.checkpoint().tensors["modules"]["net/mean"] for each in (trial, broken)]
    assert torch.equal(*means)
    plain = scripted(plain_loop, steps=6)
    plain.train()
    assert not torch.equal(means[0], plain.checkpoint().tensors["modules"]["net/mean"])
    exported = trial.export()
    assert all(parity.passed for parity in exported.parity.values())
    samples = draw_samples(OnnxModel(exported.folder / "sample.onnx", "cpu"), seed=1, count=200)
    codec = ContinuousImageCodec(trial.dataset.spec, Continuous())
    expected = codec.settle(codec.decode(-means[0][None])).numpy().astype(int)
    assert np.abs(samples.astype(int).mean(0) - expected[0]).max() < 12
