"""Embeddings of times and labels, and labels that are hidden."""

import math

import pytest
import torch

from studio.nn import LabelEmbedding, TimeEmbedding, hide_labels, sinusoids


def test_embeddings_tell_times_and_labels_apart():
    torch.manual_seed(0)
    time = TimeEmbedding(32)(torch.tensor([0.1, 0.101, 0.9]))
    assert (time[0] - time[1]).abs().max() > 1e-4
    label = LabelEmbedding(3, 8)(torch.tensor([-1, 0, 2]))
    assert label.unique(dim=0).shape[0] == 3


def test_sinusoids_are_cosines_and_sines_of_falling_frequencies():
    found = sinusoids(torch.tensor([0.0, 2.0]), 4, max_period=100.0)
    assert found[0].tolist() == [1.0, 1.0, 0.0, 0.0]
    assert found[1].tolist() == pytest.approx([math.cos(2), math.cos(0.2), math.sin(2), math.sin(0.2)], abs=1e-6)


def test_a_narrow_time_embedding_still_sees_the_time():
    torch.manual_seed(0)
    first, second = TimeEmbedding(4)(torch.tensor([0.2, 0.7]))
    assert not torch.equal(first, second)


def test_labels_are_hidden_as_often_as_asked():
    torch.manual_seed(0)
    label = torch.arange(10_000) % 3
    hidden = hide_labels(label, 0.2)
    assert (hidden == -1).float().mean().item() == pytest.approx(0.2, abs=0.02)
    assert torch.equal(hidden[hidden >= 0], label[hidden >= 0])
    assert torch.equal(hide_labels(label, 0.0), label)
    assert (hide_labels(label, 1.0) == -1).all()
