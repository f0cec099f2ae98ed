"""The bound on the density of rows: the known density where the denoiser is the right one, below it where it is not."""

import math

import numpy as np
import pytest
import torch

from studio.core.inputs import fill_inputs, seeded_noise
from studio.core.manifest import Manifest
from studio.core.modality import Column, TableSpec
from studio.core.spec import Continuous
from studio.export.exporter import write_model_file
from studio.export.graph import assemble
from studio.export.parity import measure_parity
from studio.nn import draw_inputs, make_codec
from studio.runtime.model import OnnxModel
from studio.store.workspace import Workspace
from studio.testing import Trial
from studio.testing.toy_data import toy_table
from studio.train.answer import program_of
from studio_diffusion.model import EDM, Moments, RectifiedFlow
from studio_diffusion.plugin import plugin
from studio_diffusion.row_likelihood import RowBound

# Views of both columns are a tenth of their numbers.
COLUMNS = [Column(name=name, knots=(-9.8, 0.0, 9.8), shares=(0.0, 0.5, 1.0)) for name in "ab"]
SPEC = TableSpec(shape=(2,), columns=tuple(COLUMNS))
MEAN, SPREAD = 0.1, 0.3


class Exact:
    """The denoiser of data from N(0.1, 0.3^2) in every number of the view, in units of twice that."""

    bias = 0.0

    def denoise(self, x, ratio, noise, label):
        r = ratio.reshape(-1, 1)
        kept = 0.25 / (0.25 + r**2)
        return kept * (x + r * noise) + self.bias


class ExactEDM(Exact, EDM):
    pass


class ExactFlow(Exact, RectifiedFlow):
    pass


def net_of(kind):
    return kind(torch.nn.Identity(), Moments(torch.full((2,), MEAN), 0.5, torch.full((2,), 2.0 * SPREAD)))


def bounds(net, items, draws, sigma_data=0.5, spec=SPEC):
    """Estimates of the bound for rows, (draws, N)."""
    module = RowBound(net, make_codec(spec, Continuous()), sigma_data)
    found = []
    for seed in range(draws):
        inputs = draw_inputs(module.noise_inputs(), seed, range(len(items)))
        found.append(module(items, *inputs))
    return torch.stack(found).double()


def known(items, step=0.0):
    """Log density of rows, in their units; of rounded ones log of the probability of the interval around each."""
    normal = torch.distributions.Normal(10.0 * MEAN, 10.0 * SPREAD)
    if step:
        return torch.log(normal.cdf(items + 0.5 * step) - normal.cdf(items - 0.5 * step)).sum(1)
    return normal.log_prob(items.double()).sum(1)


ITEMS = torch.tensor([[1.0, 1.0], [3.0, -2.0], [-5.0, 6.0]])


@pytest.mark.parametrize("kind", [ExactEDM, ExactFlow])
@torch.no_grad()
def test_the_right_denoiser_gives_the_density(kind):
    found = bounds(net_of(kind), ITEMS, 400)
    error = found.std(0) / math.sqrt(len(found))
    assert bool(((found.mean(0) - known(ITEMS)).abs() < 4.0 * error + 0.01).all())
    # What is subtracted takes nearly all of the variance away.
    assert float(found.std(0).max()) < 0.6


@torch.no_grad()
def test_what_is_subtracted_biases_nothing():
    """Another control variate: the same mean, by more draws."""
    found = bounds(net_of(ExactEDM), ITEMS, 3000, sigma_data=0.2)
    error = found.std(0) / math.sqrt(len(found))
    assert bool(((found.mean(0) - known(ITEMS)).abs() < 4.0 * error + 0.02).all())


@torch.no_grad()
def test_a_wrong_denoiser_gives_less():
    net = net_of(ExactEDM)
    net.bias = 0.02
    assert bool((bounds(net, ITEMS, 200).mean(0) < known(ITEMS) - 0.5).all())


@torch.no_grad()
def test_rounded_numbers_have_a_probability():
    columns = tuple(column.model_copy(update={"step": 0.5}) for column in COLUMNS)
    found = bounds(net_of(ExactEDM), ITEMS, 400, spec=SPEC.model_copy(update={"columns": columns}))
    torch.testing.assert_close(found.mean(0), known(ITEMS, 0.5).double(), atol=0.05, rtol=0.0)


def test_its_file_gives_what_torch_gives_and_more_to_rows_like_those_it_learned(tmp_path):
    workspace = Workspace(tmp_path)
    dataset = toy_table(workspace)
    settings = {"channels": 16, "multipliers": [1], "blocks": 1, "lr": 4e-3, "sample_steps": 4}
    trial = Trial(plugin, workspace, dataset, settings, {"steps": 150, "preview_every": 10**6})
    trial.train()
    program, path = program_of(trial.family, "log_prob", trial.trained()), tmp_path / "log_prob.onnx"
    assert (program.likelihood.kind, program.likelihood.draws) == ("bound", "terms")
    spec = dataset.spec
    manifest = Manifest(inputs=tuple(program.inputs), output="log_prob", **spec.model_dump())
    parity = write_model_file(assemble(program), manifest, path, lambda trial: measure_parity(program, trial, spec))
    assert parity.passed
    model = OnnxModel(path, "cpu", threads=1)
    rows = dataset.batch(dataset.indices("validation"))[0]
    # Each column of another row: the same numbers, seldom together.
    others = np.stack([rows[:, 0], np.roll(rows[:, 1], 3)], 1)
    nats = []
    for items in (rows, others):
        feed = fill_inputs(
            model.manifest.inputs, len(items), seeded_noise(0, range(len(items))), values={"items": items}
        )
        nats.append(float(model.run(feed)[0].mean()))
    assert nats[0] > nats[1] + 0.2
