import itertools
import math

import numpy as np
import pytest
import torch

from studio.core.errors import StudioError
from studio.core.modality import ImageSpec
from studio.core.resources import resource
from studio.core.settings import build_settings
from studio.nn import make_codec
from studio.store.workspace import Workspace
from studio.testing import FamilyContract, Trial, toy_dataset
from studio.testing.contract import check_files, draw_samples
from studio.train.trained import TrainedModel
from studio_autoregressive.model import palette_of, token_view
from studio_autoregressive.palette import Palette, fit_palette, has_two_levels
from studio_autoregressive.plugin import AutoregressiveSettings, plugin


class TestAutoregressive(FamilyContract):
    plugin = plugin
    settings = {"dim": 16, "depth": 1, "heads": 2}

    @pytest.mark.slow
    def test_exported_files_give_what_torch_gives(self, tmp_path):
        """In shorter runs its files are those of test_what_is_given_is_kept, drawn in black and white."""
        super().test_exported_files_give_what_torch_gives(tmp_path)

    def test_other_kinds_of_data_are_modelled_too(self, tmp_path):
        """Tables; the files of texts pass the same checks in test_autoregressive_texts.py."""
        check_files(self.trial(tmp_path, "table"), tmp_path)


class TestSingleValues(FamilyContract):
    plugin = plugin
    settings = {"dim": 16, "depth": 2, "heads": 2, "levels": 4, "patch": 0, "dropout": 0.1}

    @pytest.mark.slow
    def test_other_kinds_of_data_are_modelled_too(self, tmp_path):
        """Tables, by levels too; in shorter runs by bins of their own; texts refuse levels in their own file."""
        with pytest.raises(StudioError, match="levels and patch are for images; leave them empty for texts"):
            super().test_other_kinds_of_data_are_modelled_too(tmp_path)

    @pytest.mark.slow
    def test_exported_files_give_what_torch_gives(self, tmp_path):
        super().test_exported_files_give_what_torch_gives(tmp_path)


def ink_trial(folder, shape):
    """A run on toy items drawn in black and white, in patches of 3 x 3 pixels."""
    workspace = Workspace(folder)
    settings = {**TestAutoregressive.settings, "levels": 2}
    return Trial(plugin, workspace, toy_dataset(workspace, shape), settings, {"steps": 3, "preview_every": 10**6})


INK = torch.tensor([0] * 8 + [255] * 2, dtype=torch.uint8).repeat(36)
GREY = torch.arange(360).remainder(256).to(torch.uint8)


def chosen_view(shape, settings, values):
    run = TrainedModel("autoregressive", AutoregressiveSettings(**settings), ImageSpec(shape=shape), {})
    palette = Palette()
    palette.fill(palette_of(run, values[: 10 * math.prod(shape)].reshape(-1, *shape)))
    return token_view(run, palette)


def test_patches_cost_what_their_pixels_cost():
    """One uniform symbol of nine pixels is nine uniform pixels."""
    spec = ImageSpec(shape=(6, 6, 1))
    view = chosen_view(spec.shape, {}, INK)
    assert (view.levels, view.patch) == (2, 3)
    codec = make_codec(spec, view)
    assert codec.shape[0] * math.log2(codec.vocab_size) == 36


@pytest.mark.parametrize(
    ("shape", "settings", "values", "expected"),
    [
        ((6, 6, 3), {}, GREY, (8, 1)),
        ((6, 6, 3), {}, INK, (8, 1)),
        ((6, 6, 1), {}, INK, (2, 3)),
        ((6, 6, 1), {}, GREY, (4, 2)),
        ((6, 6, 1), {}, INK // 2, (4, 2)),
        ((6, 6, 3), {"levels": 256}, GREY, (256, 0)),
        ((6, 6, 1), {"levels": 256}, GREY, (256, 1)),
        ((6, 6, 1), {"levels": 4}, INK, (4, 2)),
        ((6, 6, 1), {"levels": 4, "patch": 0}, GREY, (4, 0)),
    ],
)
def test_symbols_are_the_largest_patches_of_few_patterns(shape, settings, values, expected):
    """Two levels only where the data have two (finding M18)."""
    view = chosen_view(shape, settings, values.repeat(shape[-1]))
    assert (view.levels, view.patch) == expected


def test_digits_have_two_levels():
    """The bundled digits are ink on paper, with grey at the edges of a stroke only."""
    with np.load(resource("digits.npz")) as archive:
        items = torch.from_numpy(archive["train_images"][:256, :, :, None])
    assert has_two_levels(items)
    assert not has_two_levels(items // 2)
    assert not has_two_levels(torch.full((4, 2, 2, 1), 128, dtype=torch.uint8))


def test_the_palette_has_the_least_squared_error():
    """No other four values do better (finding M5)."""
    values = torch.tensor([0] * 40 + [1, 1, 7, 8, 8, 9, 12, 12, 12], dtype=torch.uint8)

    def error(palette):
        return float((values.float()[:, None] - torch.tensor(palette).float()).square().amin(1).sum())

    best = min(error(palette) for palette in itertools.combinations(range(13), 4))
    found = fit_palette(values, 4)
    assert error(found) == best
    assert list(found) == sorted(set(found))


@pytest.mark.parametrize("values", [[0] * 5, [255] * 5, [3, 200], list(range(256))])
@pytest.mark.parametrize("levels", [2, 8, 256])
def test_a_palette_always_rises_and_holds_what_it_can(values, levels):
    found = fit_palette(torch.tensor(values, dtype=torch.uint8), levels)
    assert list(found) == sorted(set(found))
    assert len(found) == levels
    assert len(set(values)) > levels or set(values) <= set(found)


def test_the_levels_are_in_the_checkpoint(tmp_path):
    trial = TestAutoregressive().trial(tmp_path, steps=2, preview_every=10**6)
    trial.train()
    palette = Palette()
    palette.load_state_dict({"values": trial.checkpoint().tensors["modules"]["palette/values"]})
    run = TrainedModel("autoregressive", AutoregressiveSettings(), trial.dataset.spec, {})
    items = torch.from_numpy(trial.dataset.items[trial.dataset.indices("train")])
    assert palette.levels() == palette_of(run, items)
    assert len(palette.levels()) == 4


def test_the_cache_gives_the_logits_of_the_whole_sequence(tmp_path):
    """Samples drawn with the cache are the likeliest symbols of one pass without it, symbol by symbol."""
    trial = ink_trial(tmp_path, (9, 9, 1))
    trial.train()
    from studio.nn import draw_inputs, run_program

    sampler = trial.family.call("studio_sample", trained=trial.trained())
    net = sampler.stages[0].step.net
    inputs = draw_inputs(sampler.inputs, 1, [0, 1], [0, 1])
    logits, items = run_program(sampler, inputs)
    tokens = sampler.codec.encode(items, torch.full(items.shape, 0.5))
    again = net(tokens, torch.tensor([0, 1]))[:, -1]
    torch.testing.assert_close(logits, again.detach(), atol=1e-5, rtol=1e-5)


def test_what_is_given_is_kept(tmp_path):
    trial = ink_trial(tmp_path, (9, 7, 1))
    trial.train()
    from studio.runtime.model import OnnxModel

    # The levels are known without the items.
    for path in trial.workspace.folder("datasets").glob("*/items.npy"):
        path.unlink()
    exported = trial.export()
    assert all(parity.passed for parity in exported.parity.values()), exported.parity
    assert exported.parity.keys() == {"sample", "log_prob"}
    model = OnnxModel(exported.folder / "sample.onnx", "cpu", threads=1)
    given = np.full((2, 9, 7, 1), -1, np.int64)
    # Two pixels of the last row that is known lie in patches whose other pixels are free.
    given[:, :5] = np.where(np.arange(7)[None, :, None] % 2, 255, 0)
    given[:, 5, :2] = 255
    feed = {
        "noise": np.random.default_rng(0).random((2, 9), np.float32),
        "given": given,
        "temperature": np.array(1, np.float32),
        "top_k": np.array(0),
        "top_p": np.array(0, np.float32),
        "label": np.array([0, 1]),
    }
    (samples,) = model.run(feed)
    np.testing.assert_array_equal(samples[given >= 0], given[given >= 0])
    assert set(np.unique(samples[given < 0])) == {0, 255}
    free = draw_samples(model, seed=0, count=2)
    assert not np.array_equal(free[:, :6], samples[:, :6])


def test_a_width_that_the_heads_cannot_share_is_refused():
    with pytest.raises(StudioError, match="Dim = 20 must be a multiple of twice the heads, 8"):
        build_settings(AutoregressiveSettings, {"dim": 20, "heads": 4})
