"""A small sampler with three classes and a noise of one channel, exported to a file as a family's would be."""

import onnx
import torch
from torch import nn

from studio.core.certificate import UNSEALED, seal
from studio.core.manifest import (
    MANIFEST_KEY,
    Manifest,
    given_input,
    label_input,
    noise_input,
    scalar_input,
    steps_input,
)
from studio.core.modality import ImageSpec
from studio.core.spec import Continuous
from studio.export.exporter import write_model_file
from studio.export.graph import assemble
from studio.export.parity import measure_parity
from studio.nn import Sampler, Stage, make_codec


class Init(nn.Module):
    def forward(self, noise, steps, shift, label, *given):
        return noise, shift, label, *given


class Step(nn.Module):
    """As much arithmetic as a request needs to last: the matrix is large on purpose."""

    def __init__(self, width):
        super().__init__()
        self.mix = nn.Parameter(torch.randn(width, width) / width**0.5)

    def forward(self, i, x, shift, label, *given):
        mixed = torch.tanh((x.flatten(1)[:, :1] * self.mix[:1]) @ self.mix)[:, :16].reshape(x.shape)
        return x + 0.001 * mixed + shift * label.reshape(-1, 1, 1, 1)


class Finish(nn.Module):
    def forward(self, x, shift, label, *given):
        """What is given is kept."""
        for known in given:
            grey = known.permute(0, 3, 1, 2)
            x = torch.where(grey >= 0, grey / 127.5 - 1.0, x)
        return x


def export_toy(path, width=16, given=False):
    """Export it; ``width`` says how heavy a step is, ``given`` that it completes."""
    inputs = [
        noise_input((1, 4, 4)),
        steps_input(4, 100_000),
        scalar_input("shift", 0.1, 0.0, 1.0, "How far a class moves."),
        label_input(3),
        *([given_input(ImageSpec(shape=(4, 4, 1)))] if given else []),
    ]
    codec = make_codec(ImageSpec(shape=(4, 4, 1)), Continuous())
    sampler = Sampler(inputs, Init(), Finish(), codec, [Stage(Step(width).requires_grad_(False), "steps")])
    manifest = Manifest(inputs=tuple(inputs), shape=(4, 4, 1), classes=("a", "b", "c"))
    write_model_file(assemble(sampler), manifest, path, lambda trial: measure_parity(sampler, trial))


def describe_toy(exported, path, name, **values):
    """Copy an exported one under another name, with a certificate of its own. Returns its manifest."""
    model = onnx.load(exported)
    properties = {entry.key: entry.value for entry in model.metadata_props}
    manifest = Manifest.model_validate_json(properties[MANIFEST_KEY])
    options = {"model": name, "title": f"Toy {name}", "family": "flow", "dataset": "toys", "step": 9, **values}
    parity = manifest.parity.model_copy(update={"sha256": UNSEALED})
    manifest = Manifest(**{**dict(manifest), **options, "parity": parity})
    onnx.helper.set_model_props(model, {MANIFEST_KEY: manifest.model_dump_json()})
    data, digits = seal(model.SerializeToString())
    path.write_bytes(data)
    return manifest.model_copy(update={"parity": parity.model_copy(update={"sha256": digits})})
