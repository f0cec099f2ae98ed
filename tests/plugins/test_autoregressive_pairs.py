"""The encoder-decoder: the whole source has a say in every token, what lies behind its end has none."""

import numpy as np
import pytest
import torch

from studio.core.errors import ModelError
from studio.core.known_values import KnownValues
from studio.nn import draw_inputs, run_program
from studio.runtime.model import OnnxModel
from studio.store.workspace import Workspace
from studio.testing import Trial
from studio.testing.contract import draw_samples, first_difference
from studio.testing.toy_data import toy_pairs
from studio_autoregressive.plugin import plugin
from studio_autoregressive.text_mode import TextMode
from studio_autoregressive.translator import Translator

END = 5


@pytest.fixture
def net():
    torch.manual_seed(0)
    net = Translator(length=5, vocab_size=END + 1, num_classes=0, dim=16, depth=2, heads=2, dropout=0.0)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return net.eval()


@torch.no_grad()
def test_every_token_of_the_source_counts_and_none_behind_its_end(net):
    tokens, label = torch.tensor([[0, 1, 2, END, END]]), torch.zeros(1, dtype=torch.int64)
    source = torch.tensor([[3, 2, END, 4]])
    logits = net(tokens, source, label)
    for place in range(4):
        other = source.clone()
        other[0, place] = 1
        moved = (net(tokens, other, label) - logits).abs().amax(2)[0]
        assert bool((moved > 1e-4).all()) == (place < 3)
        assert bool((moved == 0).all()) == (place == 3)


@torch.no_grad()
def test_no_later_token_counts(net):
    source, label = torch.tensor([[3, 2, END]]), torch.zeros(1, dtype=torch.int64)
    tokens = torch.tensor([[0, 1, 2, 3, END]])
    other = torch.tensor([[0, 1, 4, 3, END]])
    logits, changed = net(tokens, source, label), net(other, source, label)
    assert torch.equal(logits[:, :3], changed[:, :3])
    assert not torch.allclose(logits[:, 3], changed[:, 3])


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("pairs"))
    dataset = toy_pairs(workspace)
    train = {"steps": 250, "preview_every": 125, "validate_every": 125, "preview_count": 3}
    trial = Trial(plugin, workspace, dataset, {"dim": 32, "depth": 1, "heads": 2}, train)
    trial.train()
    assert not trial.unmoved
    exported = trial.export()
    assert all(parity.passed for parity in exported.parity.values())
    return trial, exported.folder, dataset


def test_the_file_translates(exported):
    """Three letters the other way round, of which held-out pairs were never seen."""
    _, folder, dataset = exported
    model = OnnxModel(folder / "sample.onnx", "cpu", threads=1)
    assert model.manifest.condition == "sequence"
    held_out = dataset.indices("validation")
    items, sources = dataset.batch(held_out)[0], dataset.sources_of(held_out)
    answer = draw_samples(model, seed=1, count=len(items), source=KnownValues(sources), scalars={"temperature": 0.0})
    assert (answer == items).all(1).mean() > 0.7
    one = draw_samples(model, seed=1, count=2, source=KnownValues(sources[0]), scalars={"temperature": 0.0})
    assert (one == answer[0]).all()


@pytest.mark.parametrize("options", [{}, {"beams": 2}, {"beams": 1}, {"temperature": 1.0}])
def test_the_file_searches_and_draws_as_torch_does(exported, options):
    trial, folder, dataset = exported
    sampler = TextMode().sample(trial.trained())
    sources = torch.from_numpy(dataset.sources_of(dataset.indices("validation")[:6]))
    inputs = draw_inputs(sampler.inputs, 1, range(6), scalars=options, sources=sources)
    named = {entry.name: value.numpy() for entry, value in zip(sampler.inputs, inputs, strict=True)}
    (found,) = OnnxModel(folder / "sample.onnx", "cpu", threads=1).run(named)
    np.testing.assert_array_equal(found, run_program(sampler, inputs)[1].numpy())


def test_previews_are_of_held_out_sources(exported):
    trial, _, dataset = exported
    previews = sorted((trial.folder / "previews").glob("*.npy"))
    assert np.load(previews[-1]).shape == (3, *dataset.spec.shape)
    items = dataset.batch(dataset.indices("validation")[:3])[0]
    assert (np.load(previews[-1]) == items).mean() > 0.6


def test_a_model_that_translates_wants_a_source_of_its_shape(exported):
    _, folder, _ = exported
    model = OnnxModel(folder / "sample.onnx", "cpu", threads=1)
    with pytest.raises(ModelError, match="This model translates; give it a source"):
        draw_samples(model, seed=1, count=1)
    with pytest.raises(ModelError, match=r"this model takes \[4\] for all samples, or one such for each of the 3"):
        draw_samples(model, seed=1, count=3, source=KnownValues(np.zeros((2, 4), np.int64)))
    with pytest.raises(ModelError, match="source = 999 must be"):
        draw_samples(model, seed=1, count=1, source=KnownValues(np.full(4, 999)))


def test_a_likelihood_is_given_the_source(exported):
    _, folder, dataset = exported
    model = OnnxModel(folder / "log_prob.onnx", "cpu", threads=1)
    held_out = dataset.indices("validation")
    items, sources = dataset.batch(held_out)[0], dataset.sources_of(held_out)
    (own,) = model.run({"items": items, "source": sources})
    (others,) = model.run({"items": items, "source": np.roll(sources, 1, axis=0)})
    assert own.mean() > others.mean() + 1.0


def test_resumed_equals_uninterrupted(tmp_path):
    trials = []
    for name in ("whole", "broken"):
        workspace = Workspace(tmp_path / name)
        train = {"steps": 6, "checkpoint_every": 2, "validate_every": 4, "preview_every": 3}
        trials.append(
            Trial(plugin, workspace, toy_pairs(workspace), {"dim": 16, "depth": 1, "heads": 2, "dropout": 0.1}, train)
        )
    whole, broken = trials
    whole.train()
    broken.train(kill_at=4)
    broken.train()
    assert first_difference(whole.checkpoint(), broken.checkpoint()) == ""
