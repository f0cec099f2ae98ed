"""The autoregressive model of tables: any order, exact likelihood, known cells."""

import itertools
import math

import pytest
import torch

from studio.core.manifest import given_input
from studio.core.spec import Tokens
from studio.nn import Sampler, Stage, draw_inputs, make_codec, run_program
from studio_autoregressive.column_sampler import ColumnFinish, ColumnInit, ColumnLogits, ColumnStep, column_inputs
from studio_autoregressive.columns import ColumnsLogProb, ColumnTransformer
from tests.plugins.eighteen_rows import SPEC, every_row


@pytest.fixture
def codec():
    return make_codec(SPEC, Tokens())


@pytest.fixture
def net(codec):
    torch.manual_seed(0)
    net = ColumnTransformer(codec.allowed(), 0, 16, 2, 2, 0.0)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return net.eval()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@torch.no_grad()
def test_the_probabilities_of_all_rows_sum_to_one_in_every_order(net, order):
    rows = every_row()
    total = net.log_prob(rows, torch.zeros(len(rows), dtype=torch.int64), torch.tensor(order)).exp().sum()
    assert float(total) == pytest.approx(1.0, abs=1e-5)


@torch.no_grad()
def test_a_cell_depends_on_those_before_it_in_the_order_alone(net):
    order, label = torch.tensor([2, 0, 1]), torch.zeros(1, dtype=torch.int64)
    row = torch.tensor([[0, 1, 2]])
    logits = net(row, label, order)
    for position, column in enumerate(order.tolist()):
        other = row.clone()
        other[0, column] = (other[0, column] + 1) % 2
        changed = net(other, label, order)
        assert torch.equal(changed[:, : position + 1], logits[:, : position + 1])
        if position < 2:
            assert not torch.allclose(changed[:, position + 1], logits[:, position + 1])


def sampler_of(net, codec):
    return Sampler(
        [*column_inputs(3, net.vocab_size), given_input(SPEC)],
        ColumnInit(net, codec),
        ColumnFinish(2),
        codec,
        [Stage(ColumnStep(net), trip=3)],
        num_state=7,
        certified=ColumnLogits(),
    )


def draw(net, codec, count, given=None):
    sampler = sampler_of(net, codec)
    inputs = draw_inputs(sampler.inputs, 1, range(count))
    if given is not None:
        inputs[-1] = torch.tensor([given] * count)
    return run_program(sampler, inputs)[1]


def test_rows_are_drawn_by_their_probability(net, codec):
    rows = draw(net, codec, 4000)
    tokens = codec.encode(rows)
    every = every_row()
    with torch.no_grad():
        expected = net.log_prob(every, torch.zeros(len(every), dtype=torch.int64), torch.arange(3)).exp()
    drawn = torch.stack([(tokens == row).all(1).float().mean() for row in every])
    assert float((drawn - expected).abs().max()) < 0.025
    assert float(expected.max()) > 0.1


@pytest.mark.parametrize("known", [(1,), (2,), (0, 2), (0, 1, 2)])
def test_known_cells_stay_and_the_others_are_drawn_given_them(net, codec, known):
    row = torch.tensor([2.0, 1.0, 1.0])
    given = [float(row[place]) if place in known else math.nan for place in range(3)]
    rows = draw(net, codec, 3000, given)
    assert all(bool((rows[:, place] == row[place]).all()) for place in known)
    free = [place for place in range(3) if place not in known]
    if not free:
        return
    # By Bayes' rule in the order in which it draws: the known first, then the others.
    order = torch.tensor([*known, *free])
    every = every_row()
    symbols = codec.encode(row[None])[0]
    every = every[(every[:, list(known)] == symbols[list(known)]).all(1)]
    with torch.no_grad():
        joint = net.log_prob(every, torch.zeros(len(every), dtype=torch.int64), order).exp()
    tokens = codec.encode(rows)
    drawn = torch.stack([(tokens == one).all(1).float().mean() for one in every])
    assert float((drawn - joint / joint.sum()).abs().max()) < 0.035


@torch.no_grad()
def test_the_file_of_likelihoods_is_that_of_the_net(net, codec):
    rows = codec.settle(codec.decode(every_row().float() + 0.5))
    found = ColumnsLogProb(net, codec)(rows)
    assert float(found.exp().sum()) == pytest.approx(1.0, abs=1e-5)
