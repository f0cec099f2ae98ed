"""Masked diffusion of texts: a true bound, gaps filled given all that is known, lengths as they occur."""

import itertools
import math

import numpy as np
import pytest
import torch

from studio.core.known_values import KnownValues
from studio.core.modality import TextSpec
from studio.data.text.tokenizer import learn_tokenizer
from studio.nn import MaskedTransformer
from studio.runtime.model import OnnxModel
from studio.store.workspace import Workspace
from studio.testing import Trial
from studio.testing.contract import check_files, draw_samples, first_difference
from studio.testing.toy_data import toy_texts
from studio_diffusion.masked import MaskedText
from studio_diffusion.masked_sampler import MaskedInit, MaskedStep
from studio_diffusion.plugin import DiffusionSettings, plugin

SMALL = {"channels": 16, "depth": 1, "heads": 2, "lr": 1e-2, "sample_steps": 4}
END, LENGTH = 2, 3


def make(num_classes=0):
    torch.manual_seed(0)
    model = MaskedText(MaskedTransformer(LENGTH + 1, END + 1, num_classes, 16, 1, 2, 0.0), LENGTH + 1, num_classes)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return model.eval()


def texts():
    """Every text of at most three of two tokens, and its end."""
    rows = []
    for length in range(LENGTH + 1):
        for tokens in itertools.product(range(END), repeat=length):
            rows.append([*tokens, *[END] * (LENGTH + 1 - length)])
    return torch.tensor(rows)


ANY = -torch.ones(15, dtype=torch.int64)


@torch.no_grad()
def test_lengths_are_those_that_occur():
    model = make(num_classes=2)
    tokens = texts()[[0, 1, 2, 3, 14]]
    model.count_lengths(tokens, torch.tensor([0, 0, 1, 1, -1]))
    total = model.shares(torch.tensor([-1, 0, 1]))
    torch.testing.assert_close(total.sum(1), torch.ones(3))
    expected = torch.tensor([1.1, 2.1, 1.1, 1.1, 0.1]) / 5.5
    torch.testing.assert_close(total[0], expected)
    assert total[1].argmax() in (0, 1)
    assert total[2, 0] < total[1, 0]


@torch.no_grad()
def test_the_bound_over_all_orders_is_one_of_a_distribution():
    """Averaged over what is masked, exp(bound) sums to at most 1 over all texts; and near it for an untrained net."""
    model, tokens = make(), texts()
    model.count_lengths(tokens, ANY)
    draws = 400
    generator = torch.Generator().manual_seed(1)
    total = torch.zeros(len(tokens))
    for draw in range(draws):
        share = torch.full((len(tokens),), (draw + 0.5) / draws)
        total += model.terms(tokens, ANY, share, torch.rand(tokens.shape, generator=generator))
    assert 0.8 < float((total / draws).exp().sum()) < 1.02


@torch.no_grad()
def test_a_single_masked_token_costs_its_own_surprise():
    """Of texts of one token the bound is no bound: it is the probability."""
    model = make()
    tokens = texts()[1:3]
    terms = model.terms(tokens, ANY[:2], torch.rand(2), torch.rand(2, LENGTH + 1))
    terms -= model.shares(ANY[:2]).gather(1, torch.ones(2, 1, dtype=torch.int64))[:, 0].log()
    assert float(terms.exp().sum()) == pytest.approx(1.0, abs=1e-5)


@torch.no_grad()
def test_what_stands_behind_the_end_does_not_count():
    model = make()
    one, other = torch.tensor([[0, END, END, END]]), torch.tensor([[0, END, 1, 0]])
    share, order = torch.tensor([0.3]), torch.tensor([[0.1, 0.2, 0.3, 0.4]])
    torch.testing.assert_close(model.terms(one, ANY[:1], share, order), model.terms(other, ANY[:1], share, order))


@torch.no_grad()
def test_an_empty_text_costs_its_length_alone():
    model = make()
    empty = torch.full((1, LENGTH + 1), END)
    term = model.terms(empty, ANY[:1], torch.tensor([0.5]), torch.rand(1, LENGTH + 1))
    torch.testing.assert_close(term, torch.tensor([-math.log(LENGTH + 2)]))


def begun(model, given, drawn=0.5):
    count = len(given)
    noise = [torch.full((count, 1), drawn), torch.rand(count, LENGTH + 1), torch.rand(count, LENGTH + 1)]
    return MaskedInit(model)(*noise, given, torch.tensor(2), torch.tensor(1.0))


@torch.no_grad()
@pytest.mark.parametrize(
    ("given", "tokens"),
    [
        ([-1, 1, -1, END], [3, 1, 3, END]),
        ([END, -1, -1, -1], [END, END, END, END]),
        ([0, END, 1, -1], [0, END, END, END]),
    ],
)
def test_a_known_end_is_the_end(given, tokens):
    assert begun(make(), torch.tensor([given]))[0].tolist() == [tokens]


@torch.no_grad()
def test_a_prompt_is_held_by_every_length():
    model = make()
    given = torch.tensor([[1, 0, -1, -1]]).repeat(9, 1)
    for drawn in (0.0, 0.4, 0.999):
        tokens = begun(model, given, drawn)[0]
        assert (tokens[:, :2] == given[:, :2]).all()


@torch.no_grad()
def test_two_steps_draw_every_token_once():
    model = make()
    state, *constants = begun(model, torch.full((20, LENGTH + 1), -1), 0.99)
    assert (state == model.mask).any()
    step = MaskedStep(model)
    half = step(torch.tensor(0), state, *constants)
    whole = step(torch.tensor(1), half, *constants)
    assert ((half == model.mask).sum(1) < (state == model.mask).sum(1)).all()
    assert (whole < model.mask).all()
    kept = half != model.mask
    assert torch.equal(whole[kept], half[kept])


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("texts"))
    dataset = toy_texts(workspace, 2, 270)
    trial = Trial(plugin, workspace, dataset, SMALL, {"steps": 200, "preview_every": 10**6, "validate_every": 50})
    exported = check_files(trial, workspace.path)
    assert not trial.unmoved
    losses = trial.curve("validation.loss")
    # A text is one of three lengths, by which all of it is known.
    assert math.log(3.0) - 0.05 < losses[-1] < losses[0]
    return exported.folder, dataset


def test_a_gap_is_filled_by_what_stands_around_it(exported):
    folder, dataset = exported
    model = OnnxModel(folder / "sample.onnx", "cpu", threads=1)
    lengths = dataset.spec.lengths(np.asarray(dataset.items))
    number = int(lengths.argmax())
    known = np.asarray(dataset.items[number], np.int64).copy()
    right, known[1] = known[1], -1
    label = (int(dataset.labels[number]),)
    samples = draw_samples(model, seed=1, count=20, given=KnownValues(known), labels=label)
    others = np.arange(len(known)) != 1
    assert (samples[:, others] == known[others]).all()
    assert (samples[:, 1] == right).mean() > 0.9


def test_the_file_of_likelihoods_says_that_it_is_a_bound(exported):
    folder, _ = exported
    model = OnnxModel(folder / "log_prob.onnx", "cpu", threads=1)
    assert (model.manifest.likelihood.kind, model.manifest.likelihood.draws) == ("bound", "terms")
    assert {entry.name for entry in model.manifest.inputs} == {"items", "noise.count", "noise.order", "label"}
    assert not (folder / "encode.onnx").exists()


def test_resumed_equals_uninterrupted(tmp_path):
    trials = []
    for name in ("whole", "broken"):
        workspace = Workspace(tmp_path / name)
        train = {"steps": 6, "checkpoint_every": 2, "validate_every": 4, "preview_every": 3}
        trials.append(Trial(plugin, workspace, toy_texts(workspace, 2), SMALL, train))
    whole, broken = trials
    whole.train()
    broken.train(kill_at=4)
    broken.train()
    assert first_difference(whole.checkpoint(), broken.checkpoint()) == ""


@pytest.mark.parametrize(
    ("seen", "held_out", "progress", "warns"), [(100, 150, 0.5, True), (100, 110, 0.5, False), (100, 150, 0.1, False)]
)
def test_learning_by_heart_is_said_and_nats_are_no_share(seen, held_out, progress, warns):
    from types import SimpleNamespace

    spec = TextSpec(shape=(4,), tokenizer=learn_tokenizer((), 256))
    metrics = {"loss": seen, "validation.loss": held_out}
    session = SimpleNamespace(spec=spec, metrics=metrics, progress=progress, settings=DiffusionSettings())
    said = plugin.studio_diagnose(session)
    assert bool(said) == warns
    assert not warns or "Held-out texts cost 150 nats, those it trains on 100" in said[0]
