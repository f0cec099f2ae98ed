"""Small samplers whose modules have what a graph is touchy about."""

import onnx
import pytest
import torch
from torch import nn

from studio.core.manifest import Manifest, label_input, noise_input, scalar_input, steps_input
from studio.core.modality import ImageSpec
from studio.core.spec import Continuous
from studio.export.exporter import write_model_file
from studio.export.graph import assemble
from studio.export.parity import measure_parity
from studio.nn import Sampler, make_codec

SHAPE = (1, 6, 6)


class First(nn.Module):
    def forward(self, x, *rest):
        return x


class Init(nn.Module):
    def forward(self, noise, steps, shift, label):
        return noise, shift, label


class ConvStep(nn.Module):
    def __init__(self, shared=None):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3, padding=1)
        self.own = nn.Parameter(torch.randn(1, 6, 6))
        self.table = nn.Embedding(4, 36)
        self.shared = shared

    def forward(self, i, x, shift, label):
        x = 0.5 * self.conv(x) + shift * (i + 1) * torch.tanh(self.own) + self.table(label + 1).reshape(-1, 1, 6, 6)
        return x if self.shared is None else x + 0.01 * self.shared(x.flatten(1)).reshape(x.shape)


@pytest.fixture
def codec():
    return make_codec(ImageSpec(shape=(6, 6, 1)), Continuous())


@pytest.fixture
def build(codec):
    def build(stages, init=None, finish=None, num_state=1, opset=20):
        inputs = [noise_input(SHAPE), steps_input(3), scalar_input("shift", 0.1, 0.0, 1.0), label_input(3)]
        for module in [stage.step for stage in stages]:
            module.eval().requires_grad_(False)
        return Sampler(inputs, init or Init(), finish or First(), codec, stages, num_state, opset)

    return build


@pytest.fixture
def write(tmp_path):
    def write(sampler):
        path = tmp_path / "sample.onnx"
        manifest = Manifest(inputs=tuple(sampler.inputs))
        parity = write_model_file(assemble(sampler), manifest, path, lambda p: measure_parity(sampler, p))
        return path, parity, onnx.load(path)

    return write
