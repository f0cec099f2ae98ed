"""Nets that are small enough for their mathematics to be looked at."""

import pytest
import torch

from studio.nn import CausalTransformer


@pytest.fixture
def small_transformer():
    """Make a causal transformer of random weights, in float64."""

    def make(length=6, vocab_size=5, num_classes=0, allowed=None):
        torch.manual_seed(0)
        net = CausalTransformer(length, vocab_size, num_classes, 16, 2, 2, 0.0, allowed).double()
        for parameter in net.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
        return net.eval()

    return make
