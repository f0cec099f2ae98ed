"""The first phase over an autoencoder of tokens: its share of the run, how the KL term rises, and that it learns."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import torch

from studio.nn import AutoencoderPhase, SequenceAutoencoder

END = 3


class Codec:
    def encode(self, items):
        return items.long()


class Session:
    """Ten batches of the same texts for each tenth of the run."""

    def __init__(self):
        self.progress, self.schedules, self.phases = 0.0, {}, []

    def module(self, name, net, ema=None):
        self.net = net
        return net

    def averaged(self, name):
        return self.net

    def optimizer(self, name, optimizer, lr_schedule=None):
        self.schedules[name] = lr_schedule
        return optimizer

    def autocast(self):
        return nullcontext()

    def batches(self, phase, share):
        self.phases.append((phase, share))
        items = torch.tensor([[0, 1, 2, END], [2, END, END, END], [1, 1, END, END]], dtype=torch.int16).repeat(4, 1)
        for number in range(100):
            self.progress = number / 100 * share
            yield SimpleNamespace(items=items, label=torch.zeros(len(items), dtype=torch.int64))

    def step(self, *optimizers_and_loss):
        *optimizers, loss = optimizers_and_loss
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()


@pytest.fixture
def phase():
    torch.manual_seed(0)
    net = SequenceAutoencoder(4, END + 1, 0, 16, 2, 2, 0.0, latent_dim=2, stretch=2)
    session = Session()
    return session, AutoencoderPhase(session, net, Codec(), lr=1e-2, share=0.5)


def test_it_takes_its_share_of_the_run_and_its_rate_ends_with_it(phase):
    session, first = phase
    next(iter(first.costs(0.0)))
    assert session.phases == [("autoencoder", 0.5)]
    assert set(session.schedules) == {"autoencoder_muon", "autoencoder_adamw"}
    for schedule in session.schedules.values():
        assert schedule(0.25) > 0.1
        assert schedule(0.5) == schedule(1.0) == pytest.approx(0.0, abs=1e-6)
    assert first.averaged is first.net


def test_the_kl_term_rises_in_the_first_tenth(phase, monkeypatch):
    _, first = phase
    weights, cost = [], first.net.cost
    monkeypatch.setattr(first.net, "cost", lambda *values: weights.append(values[3]) or cost(*values))
    list(first.costs(0.0))
    assert weights[0] == 0.0
    assert weights[5] == pytest.approx(0.5)
    assert set(weights[10:]) == {1.0}


def test_it_learns_what_it_is_shown(phase):
    _, first = phase
    costs = [float(cost.reconstruction.detach()) for cost in first.costs(0.0)]
    assert sum(costs[-10:]) < 0.7 * sum(costs[:10])
