"""A small sampler with three classes and a noise of one channel, exported to a file as a family's would be."""

import torch
from torch import nn

from studio.core.manifest import Manifest, given_input, label_input, noise_input, scalar_input, steps_input
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


def export_toy(path, name, width=16, given=False, **values):
    """Export it; ``width`` says how heavy a step is, ``given`` that it completes. Returns its manifest."""
    inputs = [
        noise_input((1, 4, 4)),
        steps_input(4, 100_000),
        scalar_input("shift", 0.1, 0.0, 1.0, "How far a class moves."),
        label_input(3),
        *([given_input(ImageSpec(shape=(4, 4, 1)))] if given else []),
    ]
    codec = make_codec(ImageSpec(shape=(4, 4, 1)), Continuous())
    sampler = Sampler(inputs, Init(), Finish(), codec, [Stage(Step(width).requires_grad_(False), "steps")])
    options = {"classes": ("a", "b", "c"), "title": f"Toy {name}", "family": "flow", "dataset": "toys", "step": 9}
    manifest = Manifest(inputs=tuple(inputs), model=name, shape=(4, 4, 1), **{**options, **values})
    parity = write_model_file(assemble(sampler), manifest, path, lambda trial: measure_parity(sampler, trial))
    return manifest.model_copy(update={"parity": parity, "condition": "class"})
