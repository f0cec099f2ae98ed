"""The autoregressive model of texts: exact up to the end, prompts, length."""

import itertools
import math

import numpy as np
import pytest
import torch

from studio.core.known_values import KnownValues
from studio.core.settings import build_settings
from studio.core.spec import Tokens
from studio.core.token_likelihood import TokenQuestion
from studio.nn import CausalTransformer, by_length, make_codec, until_end
from studio.runtime.model import OnnxModel
from studio.runtime.token_likelihood import token_likelihoods
from studio.store.workspace import Workspace
from studio.testing import Trial
from studio.testing.contract import check_files, draw_samples
from studio.testing.toy_data import toy_texts
from studio_autoregressive.plugin import AutoregressiveSettings, plugin
from studio_autoregressive.text_mode import TextLogProb, TokenLogProbs, _of_batch

SMALL = {"dim": 16, "depth": 1, "heads": 2}
END = 3


class Symbols:
    """The codec of a language of three tokens and an end, in texts of at most four places."""

    end = END

    def encode(self, items):
        return items.long()


@pytest.fixture
def net():
    torch.manual_seed(0)
    net = CausalTransformer(4, END + 1, 0, 16, 1, 2, 0.0)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return net.eval()


def log_prob(net, items):
    return TextLogProb(END)(*TokenLogProbs(net, Symbols())(items))


@torch.no_grad()
def test_the_probabilities_of_all_texts_sum_to_one(net):
    """Of those that end, and of those that four places cut."""
    texts = torch.tensor(list(itertools.product(range(END + 1), repeat=4)), dtype=torch.int16)
    settled = torch.where(until_end(texts, END), texts, END).unique(dim=0)
    assert len(settled) == 3**4 + sum(3**length for length in range(4))
    total = log_prob(net, settled).exp().sum()
    assert float(total) == pytest.approx(1.0, abs=1e-5)


@torch.no_grad()
def test_what_stands_behind_the_end_does_not_count(net):
    one, other = torch.tensor([[1, END, END, END]]), torch.tensor([[1, END, 0, 2]])
    assert torch.equal(log_prob(net, one), log_prob(net, other))


def test_texts_of_like_length_are_worked_on_together():
    tokens = torch.full((6, 9), END)
    for row, length in enumerate((8, 1, 3, 0, 2, 7)):
        tokens[row, :length] = 1
    groups = [(rows.tolist(), some.shape[1]) for rows, some in by_length(tokens, END, 3)]
    assert [sorted(rows) for rows, _ in groups] == [[1, 3], [2, 4], [0, 5]]
    assert [length for _, length in groups] == [2, 4, 9]


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    workspace = Workspace(folder)
    dataset = toy_texts(workspace, 2, 270)
    trial = Trial(plugin, workspace, dataset, SMALL, {"steps": 150, "preview_every": 10**6})
    exported = check_files(trial, workspace.path)
    return OnnxModel(exported.folder / "sample.onnx", "cpu", threads=1), exported.folder, dataset


def test_a_prompt_is_kept(exported):
    model, _, dataset = exported
    known = np.full(dataset.spec.shape, -1)
    known[:2] = np.asarray(dataset.items[0][:2])
    samples = draw_samples(model, seed=1, count=8, given=KnownValues(known))
    assert (samples[:, :2] == known[:2]).all()
    assert len({sample.tobytes() for sample in samples}) > 1


def test_length_ends_a_sample_early(exported):
    model, _, dataset = exported
    whole = draw_samples(model, seed=2, count=20)
    short = draw_samples(model, seed=2, count=20, scalars={"length": 2})
    np.testing.assert_array_equal(short[:, :2], whole[:, :2])
    assert (short[:, 2:] == dataset.spec.end).all()


def test_samples_end_and_stay_ended(exported):
    model, _, dataset = exported
    ended = draw_samples(model, seed=4, count=40) == dataset.spec.end
    assert ended.any()
    assert (np.diff(ended.astype(int), axis=1) >= 0).all()


def test_the_file_of_likelihoods_gives_the_sum_of_the_logarithms(exported):
    _, folder, dataset = exported
    model = OnnxModel(folder / "log_prob.onnx", "cpu", threads=1)
    assert model.manifest.likelihood.kind == "exact"
    assert model.manifest.spec == dataset.spec
    items, labels = dataset.batch(np.arange(6))
    (nats,) = model.run({"items": items, "label": labels})
    assert nats.shape == (6,)
    assert (nats < 0).all()
    assert OnnxModel(folder / "sample.onnx", "cpu", threads=1).manifest.token_log_prob
    for item, label, whole in zip(items, labels, nats, strict=True):
        question = TokenQuestion(tokens=tuple(item.tolist()), label=int(label))
        found = token_likelihoods(model, question)
        upto = int((item == dataset.spec.end).argmax()) + 1 if dataset.spec.end in item else len(item)
        assert sum(math.log(token.probability) for token in found[:upto]) == pytest.approx(float(whole), abs=1e-3)
        assert all(token.likeliest[0][1] >= token.probability - 1e-6 for token in found)


def test_bits_a_byte_are_measured_on_held_out_texts(tmp_path):
    workspace = Workspace(tmp_path)
    dataset = toy_texts(workspace, 0)
    trial = Trial(plugin, workspace, dataset, SMALL, {"steps": 4, "validate_every": 4, "preview_every": 10**6})
    trial.train()
    items, _ = dataset.batch(dataset.indices("validation"))
    codec = make_codec(dataset.spec, Tokens())
    nats, size = trial.curve("validation.loss")[-1], codec.bytes_of(torch.from_numpy(items).long()).mean()
    assert trial.curve("validation.bits_per_byte")[-1] == pytest.approx(nats / float(size) / np.log(2), rel=1e-4)


def test_settings_of_images_are_refused(tmp_path):
    workspace = Workspace(tmp_path)
    trial = Trial(plugin, workspace, toy_texts(workspace, 0), {**SMALL, "levels": 4}, {"steps": 2})
    with pytest.raises(Exception, match="levels and patch are for images; leave them empty for texts"):
        trial.train()
    assert build_settings(AutoregressiveSettings, SMALL).levels is None


@torch.no_grad()
def test_smoothing_gives_a_share_to_all_symbols(net):
    tokens, label = torch.tensor([[1, 2, END, END]]), torch.zeros(1, dtype=torch.int64)
    log_prob = torch.log_softmax(net(tokens, label), 2)[0, :3]
    own = log_prob.gather(1, tokens[0, :3, None])[:, 0]
    plain, smoothed = _of_batch(net, tokens, label, None, END, 0.1)
    torch.testing.assert_close(plain[0], own.sum())
    torch.testing.assert_close(smoothed[0], (0.9 * own + 0.1 * log_prob.mean(1)).sum())
    assert torch.equal(*_of_batch(net, tokens, label, None, END))
