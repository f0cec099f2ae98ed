"""Diffusion of rows of numbers and categories: categories are drawn by the net's own probabilities, in any order."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from studio.core.errors import SettingsError
from studio.core.manifest import Manifest
from studio.core.modality import Column, TableSpec
from studio.core.spec import Continuous
from studio.export.exporter import write_model_file
from studio.export.graph import assemble
from studio.export.parity import measure_parity
from studio.nn.codec import make_codec
from studio.nn.sampler import draw_inputs, run_program
from studio.runtime.model import OnnxModel
from studio.testing.contract import draw_samples
from studio_diffusion.averages import Follower
from studio_diffusion.mixed import MixedEDM, build_mixed, is_mixed
from studio_diffusion.mixed_sampler import mixed_sampler_of
from studio_diffusion.model import Moments, view_of
from studio_diffusion.plugin import DiffusionSettings

WIDTH = Column(name="width", knots=(-1.0, 1.0))
KIND = Column(name="kind", kind="category", categories=("a", "b", "c"))
SOLD = Column(name="sold", kind="boolean", categories=("no", "yes"), missing=True)
MIXED = TableSpec(shape=(3,), columns=(WIDTH, KIND, SOLD))
CODED = TableSpec(shape=(2,), columns=(KIND, SOLD))
# p(kind, sold): sold is no, yes or missing.
JOINT = torch.tensor([[0.30, 0.02, 0.08], [0.05, 0.20, 0.05], [0.10, 0.15, 0.05]])


class Known(nn.Module):
    """A net that knows the joint distribution, and says of numbers what they are: nothing but noise around 0."""

    def __init__(self, numbers):
        super().__init__()
        self.numbers = max(1, numbers)

    def forward(self, x, t, label):
        values = x[:, self.numbers :]
        kind, sold = values[:, :3], values[:, 3:]
        # What fits: every row or column where the other is masked, and the given one where it is not.
        fits = (kind == 1.0) | (kind == 0.0).all(1, keepdim=True), (sold == 1.0) | (sold == 0.0).all(1, keepdim=True)
        likely = JOINT * fits[0][:, :, None] * fits[1][:, None, :]
        logits = torch.cat([likely.sum(2), likely.sum(1)], 1).clamp(min=1e-9).log()
        return torch.cat([torch.zeros_like(x[:, : self.numbers]), logits], 1)


def model(spec):
    codec = make_codec(spec, Continuous())
    (width,) = codec.shape
    net = MixedEDM(
        Known(codec.numbers), Moments(torch.zeros(width), 0.5, torch.ones(width)), codec.numbers, codec.groups
    )
    return net, codec


def described(spec, **settings):
    return SimpleNamespace(
        spec=spec, classes=(), settings=DiffusionSettings(**settings), codec=lambda view: make_codec(spec, view)
    )


def drawn(spec, count=4000, given=None):
    net, _ = model(spec)
    sampler = mixed_sampler_of(described(spec, sample_steps=7), net)
    inputs = draw_inputs(sampler.inputs, 3, range(count))
    if given is not None:
        place = [entry.name for entry in sampler.inputs].index("given")
        inputs[place] = torch.tensor(given).expand(count, -1).clone()
    return run_program(sampler, inputs)[1].numpy()


@pytest.mark.parametrize("spec", [MIXED, CODED])
def test_categories_are_drawn_by_their_joint_distribution(spec):
    rows = drawn(spec)
    kind, sold = rows[:, -2], np.nan_to_num(rows[:, -1], nan=2.0)
    found = np.zeros((3, 3))
    np.add.at(found, (kind.astype(int), sold.astype(int)), 1)
    # Four standard errors of 4,000 rows.
    np.testing.assert_allclose(found / len(rows), JOINT, atol=0.03)
    if spec is MIXED:
        assert np.isfinite(rows[:, 0]).all()


def test_known_cells_stay_and_the_others_are_drawn_given_them():
    rows = drawn(MIXED, given=[0.25, 1.0, np.nan])
    assert (rows[:, 1] == 1.0).all()
    np.testing.assert_allclose(rows[:, 0], 0.25, atol=1e-3)
    shares = [(rows[:, 2] == 0).mean(), (rows[:, 2] == 1).mean(), np.isnan(rows[:, 2]).mean()]
    np.testing.assert_allclose(shares, JOINT[1] / JOINT[1].sum(), atol=0.03)


def test_the_loss_is_one_for_a_net_that_knows_nothing_and_less_for_one_that_knows():
    net, codec = model(CODED)
    torch.manual_seed(0)
    places = torch.multinomial(JOINT.flatten(), 4000, replacement=True)
    sold = (places % 3).float()
    items = torch.stack([(places // 3).float(), torch.where(sold > 1, torch.nan, sold)], 1)
    x = net.centred(codec.encode(items))
    label = torch.zeros(4000, dtype=torch.int64)
    # What both cost together is their entropy, by the chain rule the same in any order; over log 3 for each.
    entropy = float(-(JOINT * JOINT.log()).sum())
    assert float(net.loss(x, label)) == pytest.approx(entropy / np.log(3.0) / 2.0, abs=0.02)
    net.numbers.net.forward = lambda x, t, label: torch.zeros_like(x)
    assert float(net.loss(x, label)) == pytest.approx(1.0, abs=1e-5)


def test_what_a_narrower_category_does_not_have_is_never_drawn():
    wide = Column(name="wide", kind="category", categories=tuple("abcdefg"))
    spec = TableSpec(shape=(2,), columns=(wide, Column(name="flag", kind="boolean", categories=("no", "yes"))))
    codec = make_codec(spec, Continuous())
    net = build_mixed(described(spec, channels=8, multipliers=(1,)), codec)
    rows = run_program(*_program(spec, net))[1].numpy()
    assert set(rows[:, 1]) == {0.0, 1.0}
    assert set(rows[:, 0]) == set(map(float, range(7)))


def _program(spec, net):
    sampler = mixed_sampler_of(described(spec), net.eval())
    return sampler, draw_inputs(sampler.inputs, 0, range(500))


def test_tables_of_numbers_alone_have_nothing_to_mask():
    numbers = TableSpec(shape=(1,), columns=(WIDTH,))
    assert not is_mixed(make_codec(numbers, view_of(described(numbers))))
    assert is_mixed(make_codec(MIXED, view_of(described(MIXED))))
    gaps = TableSpec(shape=(1,), columns=(WIDTH.model_copy(update={"missing": True}),))
    assert is_mixed(make_codec(gaps, Continuous()))


def test_what_numbers_alone_can_do_is_refused():
    codec = make_codec(MIXED, Continuous())
    for settings in ({"formulation": "rectified_flow"}, {"solver": "heun"}):
        with pytest.raises(SettingsError, match="choose formulation = edm and solver = multistep"):
            build_mixed(described(MIXED, **settings), codec)


def test_an_average_follows_the_weights_and_leaves_the_tables_of_places_alone():
    codec = make_codec(MIXED, Continuous())
    net = build_mixed(described(MIXED, channels=8, multipliers=(1,)), codec)
    follower = Follower(net, 0.1)
    before = [buffer.clone() for buffer in (follower.module.places, follower.module.never)]
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(1.0)
    follower.update(2)
    for buffer, was in zip((follower.module.places, follower.module.never), before, strict=True):
        assert torch.equal(buffer, was)
    moved, live = next(follower.module.parameters()), next(net.parameters())
    assert 0.0 < float((live - moved).detach().abs().max()) < 1.0


def test_it_is_written_as_one_file_that_draws_the_same(tmp_path):
    # Three categories, as many as the second example of an export has rows, and two kinds of numbers.
    colour = Column(name="colour", kind="category", categories=tuple("abcd"))
    more = TableSpec(shape=(5,), columns=(WIDTH, WIDTH.model_copy(update={"name": "height"}), KIND, SOLD, colour))
    codec = make_codec(more, Continuous())
    net = build_mixed(described(more, channels=8, multipliers=(1,)), codec).eval()
    sampler = mixed_sampler_of(described(more, sample_steps=3), net)
    path = tmp_path / "sample.onnx"
    manifest = Manifest(inputs=tuple(sampler.inputs), modality="table", shape=more.shape, columns=more.columns)
    parity = write_model_file(assemble(sampler), manifest, path, lambda trial: measure_parity(sampler, trial))
    assert parity.passed
    rows = draw_samples(OnnxModel(path, "cpu"), seed=3, count=50)
    expected = run_program(sampler, draw_inputs(sampler.inputs, 3, range(50)))[1].numpy()
    np.testing.assert_array_equal(np.isnan(rows), np.isnan(expected))
    np.testing.assert_allclose(rows, expected, atol=1e-4)
