"""What a model of points does to the plane, of models whose mathematics is known."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from studio.core.manifest import Input, Likelihood, latent_input, noise_input
from studio.core.modality import ImageSpec, TableSpec
from studio.core.spec import Continuous
from studio.nn import Sampler, Stage, Transform
from studio.nn.codec import make_codec
from studio.nn.sampler import draw_inputs
from studio.store.plane import newest_plane, read_plane
from studio.train.plane import Paths, PlaneDrawing, draw_density, draw_grid, has_paths
from studio.train.preview import PreviewDrawing, draw_preview
from studio.train.trained import TrainedModel

SPEC = TableSpec(shape=(2,), columns=("x", "y"), knots=((-2.0, 2.0), (-1.0, 3.0)))
CPU = torch.device("cpu")


class Shrink(nn.Module):
    def forward(self, i, x):
        return x * 0.5


class Normal(nn.Module):
    """Log density of two normal numbers, with noise that a bound would have."""

    def __init__(self, noisy=False):
        super().__init__()
        self.noisy = noisy

    def forward(self, items, *noise):
        exact = -0.5 * items.square().sum(1) - math.log(2.0 * math.pi)
        return exact + (noise[0][:, 0] if self.noisy else 0.0)


def sampler(stages=(), noise=(2,), scale=0.1):
    class Scale(nn.Module):
        def forward(self, z):
            return z.reshape(-1, 2) * scale

    return Sampler([noise_input(noise)], Scale(), codec=make_codec(SPEC, Continuous()), stages=stages)


def likelihood(kind="exact", draws="weights"):
    noisy = kind == "bound"
    inputs = [Input(name="items", kind="value", shape=(2,))] + ([noise_input((1,))] if noisy else [])
    about = Likelihood(kind=kind, draws=draws, protocol="density", dims=2)
    return Transform(inputs, Normal(noisy), output="log_prob", likelihood=about)


class Family:
    """A family whose hooks give what the test says."""

    def __init__(self, sampler, log_prob=None, **others):
        given = {"log_prob": log_prob, **others}
        self.given = {"studio_sample": sampler, **{f"studio_{name}": program for name, program in given.items()}}
        self.plugin = SimpleNamespace(name="toy", abilities={name for name in given if given[name] is not None})
        self.asked = []

    def call(self, hook, trained):
        self.asked.append(hook)
        given = self.given[hook]
        if isinstance(given, Exception):
            raise given
        return given


def test_the_lines_of_the_grid_are_where_the_sampler_puts_them():
    lines = draw_grid(sampler(), CPU)
    assert lines.shape == (22, 31, 2)
    # The view -0.25 to 0.25 is about a quarter of what the knots span.
    assert lines[0, 0].tolist() == pytest.approx([-0.5102, 0.4898], abs=1e-3)
    assert lines[0, -1].tolist() == pytest.approx([-0.5102, 1.5102], abs=1e-3)
    assert (lines[:11, :, 0].std(1) < 1e-6).all()
    assert (lines[11:, :, 1].std(1) < 1e-6).all()


def test_paths_begin_with_the_noise_of_the_previews_and_follow_every_step(tmp_path):
    walking = sampler([Stage(Shrink(), trip=3)])
    assert has_paths(walking, SPEC)
    assert not has_paths(sampler(), SPEC)
    assert not has_paths(sampler([Stage(Shrink(), trip=3)], noise=(4,)), SPEC)
    watch = Paths(walking)
    draw_preview(walking, TrainedModel("f", None, SPEC, {}), tmp_path / "previews" / "a.npy", 7, 100, watch)
    paths = watch.drawn
    assert paths.shape == (80, 4, 2)
    np.testing.assert_array_equal(paths[:, -1].numpy(), np.load(tmp_path / "previews" / "a.npy")[:80])
    # Around the middle of the columns, where the map is straight.
    from_middle = paths - torch.tensor([0.0, 1.0])
    torch.testing.assert_close(from_middle[:, 1:], from_middle[:, :1] * torch.tensor([0.5, 0.25, 0.125])[:, None])
    again = draw_inputs([noise_input((2,))], 7, range(80))[0] * 0.1
    torch.testing.assert_close(make_codec(SPEC, Continuous()).encode(paths[:, 0]), again)


def test_the_density_integrates_to_one_and_lies_the_right_way_up():
    values = draw_density(likelihood(), SPEC, 0, CPU)
    (left, right), (low, high) = SPEC.shown(0), SPEC.shown(1)
    cell = (right - left) * (high - low) / values.numel()
    inside = 0.5 * (math.erf(right / 2**0.5) - math.erf(left / 2**0.5))
    inside *= 0.5 * (math.erf(high / 2**0.5) - math.erf(low / 2**0.5))
    assert float(values.exp().sum() * cell) == pytest.approx(inside, abs=2e-3)
    row, column = divmod(int(values.argmax()), values.shape[1])
    assert high - (row + 0.5) / values.shape[0] * (high - low) == pytest.approx(0.0, abs=0.08)
    assert left + (column + 0.5) / values.shape[1] * (right - left) == pytest.approx(0.0, abs=0.08)


class Where(nn.Module):
    """A score that rises to the right and upwards."""

    def forward(self, items):
        return items[:, 0] + 10.0 * items[:, 1]


class FromLatent(nn.Module):
    def forward(self, latent):
        return latent * 0.1


def test_a_decoder_of_two_numbers_bends_a_grid_and_a_discriminator_scores_the_plane(tmp_path):
    # A sampler with noise of its own beside the latent, as that of a VAE.
    noisy = sampler(noise=(2, 3))
    decoder = Transform([latent_input((2,))], FromLatent(), codec=make_codec(SPEC, Continuous()))
    score = Transform([Input(name="items", kind="value", shape=(2,))], Where(), output="score")
    family = Family(noisy, decode=decoder, discriminate=score)
    PlaneDrawing(tmp_path, 0).draw(family, TrainedModel("f", None, SPEC, {}), noisy, 5)
    files = newest_plane(tmp_path)[1]
    assert set(files) == {"grid", "score"}
    np.testing.assert_allclose(read_plane(files["grid"]), draw_grid(sampler(), CPU).numpy(), atol=1e-6)
    scores = read_plane(files["score"])
    points = SPEC.plane(len(scores))
    np.testing.assert_allclose(scores.ravel(), points[:, 0] + 10.0 * points[:, 1], rtol=1e-5, atol=1e-4)
    assert scores[0, -1] == scores.max()
    # A decoder of more numbers, or the sampler itself, bends none of its own.
    more = Transform([latent_input((3,))], FromLatent(), codec=make_codec(SPEC, Continuous()))
    PlaneDrawing(tmp_path / "none", 0).draw(Family(noisy, decode=more), TrainedModel("f", None, SPEC, {}), noisy, 5)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("draws", ["weights", "terms"])
def test_the_draws_of_a_bound_are_the_same_at_every_point(draws):
    exact, bound = draw_density(likelihood(), SPEC, 3, CPU), draw_density(likelihood("bound", draws), SPEC, 3, CPU)
    added = bound - exact
    assert float(added.std()) < 1e-5
    assert float(added.mean()) != 0.0


def test_what_a_family_can_show_is_written_and_nothing_for_other_data(tmp_path):
    family = Family(sampler(), likelihood("bound"))
    PlaneDrawing(tmp_path, 0).draw(family, TrainedModel("f", None, SPEC, {}), sampler(), 30)
    step, files = newest_plane(tmp_path)
    assert step == 30
    assert set(files) == {"grid", "bound"}
    assert all(read_plane(path) is not None for path in files.values())
    drawing = PreviewDrawing(tmp_path, 0, 5)
    drawing.draw(
        Family(sampler([Stage(Shrink(), trip=2)])), TrainedModel("f", None, SPEC, {}), tmp_path / "p" / "a.npy", 31
    )
    assert set(newest_plane(tmp_path)[1]) == {"paths"}
    latent = sampler(noise=(2, 3))
    PlaneDrawing(tmp_path / "none", 0).draw(Family(latent), TrainedModel("f", None, SPEC, {}), latent, 1)
    images = Family(sampler(), likelihood())
    PlaneDrawing(tmp_path / "none", 0).draw(
        images, TrainedModel("f", None, ImageSpec(shape=(2, 1, 1)), {}), sampler(), 1
    )
    assert images.asked == []
    assert not (tmp_path / "none").exists()


def test_what_fails_is_tried_once(tmp_path):
    from studio.core.errors import PluginError

    family = Family(sampler(), RuntimeError("no density today"))
    drawing = PlaneDrawing(tmp_path, 0)
    with pytest.raises(PluginError, match="no density today"):
        drawing.draw(family, TrainedModel("f", None, SPEC, {}), sampler(), 1)
    asked = len(family.asked)
    drawing.draw(family, TrainedModel("f", None, SPEC, {}), sampler(), 2)
    assert len(family.asked) == asked
    assert newest_plane(tmp_path) == (-1, {})
