"""Symbols drawn one by one: as often as they are likely, and as one pass over the whole sequence would have it."""

import numpy as np
import pytest
import torch

from studio.nn import draw_inputs, draw_token
from studio.nn.token_sampler import TokenInit, TokenLogits, TokenStep, agreeing, token_inputs, token_state

SCALARS = {"temperature": 1.0, "top_k": 0, "top_p": 0.0}


def drawn(logits, uniform, **changed):
    values = {**SCALARS, **changed}
    scalars = (torch.tensor(values["temperature"]), torch.tensor(values["top_k"]), torch.tensor(values["top_p"]))
    rows = torch.tensor(logits).expand(len(uniform), -1)
    return draw_token(rows, torch.tensor(uniform)[:, None], *scalars).flatten().tolist()


def test_symbols_are_drawn_as_often_as_they_are_likely():
    probability = np.array([0.1, 0.5, 0.15, 0.25])
    uniform = ((np.arange(10_000) + 0.5) / 10_000).astype(np.float32)
    counts = np.bincount(drawn(np.log(probability).astype(np.float32), uniform), minlength=4) / 10_000
    np.testing.assert_allclose(counts, probability, atol=2e-4)


def test_top_k_top_p_and_temperature_keep_the_likeliest():
    logits = np.log(np.array([0.1, 0.5, 0.15, 0.25])).astype(np.float32)
    uniform = np.linspace(0.0, 0.999, 200, dtype=np.float32)
    assert set(drawn(logits, uniform, top_k=1)) == {1}
    assert set(drawn(logits, uniform, top_k=2)) == {1, 3}
    assert set(drawn(logits, uniform, top_p=0.4)) == {1}
    assert set(drawn(logits, uniform, top_p=0.7)) == {1, 3}
    assert set(drawn(logits, uniform, top_p=0.95)) == {0, 1, 2, 3}
    assert set(drawn(logits, uniform, temperature=0.0)) == {1}
    assert set(drawn(logits, uniform)) == {0, 1, 2, 3}


def test_equal_probabilities_are_kept_or_dropped_together():
    logits = np.log(np.array([0.2, 0.3, 0.3, 0.2])).astype(np.float32)
    uniform = np.linspace(0.0, 0.999, 100, dtype=np.float32)
    assert set(drawn(logits, uniform, top_k=1)) == {1, 2}
    assert set(drawn(logits, uniform, top_p=0.1)) == {1, 2}


def test_the_largest_uniform_number_draws_a_symbol_that_is_possible():
    logits = np.array([0.0, 0.0, -1e9], dtype=np.float32)
    assert drawn(logits, [0.0, float(np.nextafter(np.float32(1), np.float32(0)))]) == [0, 1]


@pytest.mark.parametrize("num_classes", [0, 2])
def test_symbol_by_symbol_gives_the_logits_of_one_pass(small_transformer, num_classes):
    net = small_transformer(num_classes=num_classes)
    inputs = draw_inputs(token_inputs(6, 5), 3, [0, 1, 2])
    labels = [torch.tensor([-1, 0, 1])] if num_classes else []
    state = TokenInit(net)(*(value.double() if value.is_floating_point() else value for value in inputs), *labels)
    count = token_state(net)
    state, constants = state[:count], state[count:]
    step = TokenStep(net)
    for place in range(6):
        state = step(torch.tensor(place), *state, *constants)
        tokens = state[1]
        whole = net(tokens, torch.tensor([-1, 0, 1]))[:, place]
        torch.testing.assert_close(TokenLogits()(*state), whole.float(), atol=1e-5, rtol=1e-5)
    assert len(tokens.unique(dim=0)) == 3


def test_what_agrees_with_known_levels():
    patterns = torch.cartesian_prod(torch.arange(2), torch.arange(2))
    known = torch.tensor([[[-1, -1], [1, -1], [0, 1]]])
    assert agreeing(known, patterns)[0].tolist() == [
        [True, True, True, True],
        [False, False, True, True],
        [False, True, False, False],
    ]


def test_the_numbers_that_it_takes():
    uniform, temperature, top_k, top_p = token_inputs(6, 5)
    assert (uniform.shape, uniform.distribution) == ((6,), "uniform")
    assert (temperature.name, top_k.name, top_p.name) == ("temperature", "top_k", "top_p")
    assert (top_k.default, top_k.minimum, top_k.maximum) == (0, 0, 5)
