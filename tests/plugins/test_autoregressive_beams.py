"""Beam search: the likeliest translation for its length, in torch; test_autoregressive_pairs.py has the file."""

import itertools
from types import SimpleNamespace

import pytest
import torch

from studio.core.modality import TextSpec
from studio.data.text.tokenizer import learn_tokenizer
from studio.nn import make_codec, run_program, until_end
from studio_autoregressive.beam_search import ALPHA
from studio_autoregressive.text_mode import TextMode
from studio_autoregressive.translator import Translator

LENGTH, SOURCE = 4, 5
SPEC = TextSpec(shape=(LENGTH,), tokenizer=learn_tokenizer((), 256), source_length=SOURCE)
SYMBOLS = 4
END = SPEC.end


class Trained:
    """A translator with random weights, which writes four symbols and the end alone."""

    spec = SPEC
    classes = ()
    settings = SimpleNamespace(
        dim=16, depth=2, heads=2, dropout=0.0, patch=None, levels=None, label_dropout=0.0, label_smoothing=0.0
    )

    def codec(self, view):
        return make_codec(SPEC, view)

    def label_inputs(self):
        return []

    def module(self, name, net):
        torch.manual_seed(3)
        for parameter in net.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
        with torch.no_grad():
            net.decoder.head.bias.fill_(-1e9)
            net.decoder.head.bias[[*range(SYMBOLS), END]] = 0.0
        return net.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def sampler():
    return TextMode().sample(Trained())


@pytest.fixture(scope="module")
def inputs(sampler):
    """Those of six sources, by name; temperature, beams and what is known may differ."""
    generator = torch.Generator().manual_seed(0)
    source = torch.randint(0, SYMBOLS, (6, SOURCE), generator=generator).to(torch.int16)
    source[:, 4] = END

    def make(temperature=0.0, beams=4, given=None):
        values = {
            "noise": torch.rand(6, LENGTH, generator=torch.Generator().manual_seed(1)),
            "temperature": torch.tensor(temperature),
            "top_k": torch.tensor(0),
            "top_p": torch.tensor(0.0),
            "given": torch.full((6, LENGTH), -1) if given is None else given,
            "source": source,
            "beams": torch.tensor(beams),
            "length": torch.tensor(LENGTH),
        }
        return [values[entry.name] for entry in sampler.inputs]

    return make


def run(sampler, inputs):
    return run_program(sampler, inputs)[1].long()


@torch.no_grad()
def score(source, tokens):
    """Log p of translations (N, L), for their length."""
    net = Trained().module("net", Translator(LENGTH, END + 1, 0, 16, 2, 2, 0.0))
    logits = net(tokens, source.long(), torch.zeros(len(tokens), dtype=torch.int64))
    chosen = torch.log_softmax(logits, 2).gather(2, tokens.unsqueeze(2)).squeeze(2)
    seen = until_end(tokens, END)
    return torch.where(seen, chosen, 0.0).sum(1) / seen.sum(1) ** ALPHA


def test_one_beam_takes_the_likeliest_token_at_each_place(sampler, inputs):
    made, source = run(sampler, inputs(beams=1)), inputs()[5]
    net = Trained().module("net", Translator(LENGTH, END + 1, 0, 16, 2, 2, 0.0))
    tokens = torch.full((6, LENGTH), END)
    for place in range(LENGTH):
        logits = net(tokens[:, : place + 1], source.long(), torch.zeros(6, dtype=torch.int64))[:, place]
        over = (tokens[:, :place] == END).any(1)
        tokens[:, place] = torch.where(over, END, logits.argmax(1))
    assert torch.equal(made, tokens)


def test_four_beams_find_what_is_nearly_the_best_of_all(sampler, inputs):
    source = inputs()[5]
    texts = torch.tensor(list(itertools.product([*range(SYMBOLS), END], repeat=LENGTH)))
    texts = torch.where(until_end(texts, END), texts, END).unique(dim=0)
    best = torch.stack([score(row.expand(len(texts), -1), texts).max() for row in source])
    found, greedy = (score(source, run(sampler, inputs(beams=beams))) for beams in (4, 1))
    assert bool((found >= greedy - 1e-5).all())
    assert float((best - found).mean()) < 0.5 * float((best - greedy).mean())
    assert bool((found > greedy + 1e-3).any())


def test_what_is_known_stands_in_every_beam(sampler, inputs):
    given = torch.full((6, LENGTH), -1)
    given[:, 1] = 2
    made = run(sampler, inputs(given=given))
    assert bool((made[:, 1] == 2).all())
    assert bool((made[:, 0] != END).all())


def test_above_0_the_noise_draws_and_beams_do_not_count(sampler, inputs):
    drawn = run(sampler, inputs(temperature=1.0))
    assert torch.equal(drawn, run(sampler, inputs(temperature=1.0, beams=1)))
    assert not torch.equal(drawn, run(sampler, inputs()))
