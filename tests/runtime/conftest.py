import pytest
import torch
from torch import nn

from studio.core.manifest import Manifest, label_input, noise_input, scalar_input, steps_input
from studio.core.modality import ImageSpec
from studio.core.spec import Continuous
from studio.export.exporter import write_model_file
from studio.export.graph import assemble
from studio.export.parity import measure_parity
from studio.nn import Sampler, Stage, make_codec
from studio.runtime.client import SamplerClient


class Init(nn.Module):
    def forward(self, noise, steps, shift, label):
        return noise, shift, label


class Step(nn.Module):
    """As much arithmetic as a request needs to last: the matrix is large on purpose."""

    def __init__(self, width):
        super().__init__()
        self.mix = nn.Parameter(torch.randn(width, width) / width**0.5)

    def forward(self, i, x, shift, label):
        mixed = torch.tanh((x.flatten(1)[:, :1] * self.mix[:1]) @ self.mix)[:, :16].reshape(x.shape)
        return x + 0.001 * mixed + shift * label.reshape(-1, 1, 1, 1)


class Finish(nn.Module):
    def forward(self, x, *rest):
        return x


@pytest.fixture(scope="session")
def make_model(tmp_path_factory):
    """Export a small sampler with classes; ``width`` says how heavy a step is."""

    def make(width=16, name="model"):
        path = tmp_path_factory.mktemp("models") / f"{name}.onnx"
        inputs = [noise_input((1, 4, 4)), steps_input(4, 100_000), scalar_input("shift", 0.1, 0.0, 1.0), label_input(3)]
        codec = make_codec(ImageSpec(shape=(4, 4, 1)), Continuous())
        step = Step(width).requires_grad_(False)
        sampler = Sampler(inputs, Init(), Finish(), codec, [Stage(step, "steps")])
        manifest = Manifest(
            inputs=tuple(inputs), model="m-1", shape=(4, 4, 1), classes=("a", "b", "c"), condition="class"
        )
        write_model_file(assemble(sampler), manifest, path, lambda trial: measure_parity(sampler, trial))
        return path

    return make


@pytest.fixture(scope="session")
def model_path(make_model):
    return make_model()


@pytest.fixture(scope="session")
def heavy_path(make_model):
    return make_model(1500, "heavy")


@pytest.fixture
def client(tmp_path):
    with SamplerClient(tmp_path / "service.log") as client:
        yield client
