"""The average of weights: where it begins, how it follows."""

import pytest
import torch

from studio.nn import AveragedModule


def test_an_average_follows_and_forgets_its_start():
    net = torch.nn.Linear(1, 1, bias=False)
    net.weight.data.fill_(100.0)
    average = AveragedModule(net, 0.9)
    net.weight.data.fill_(1.0)
    for count in range(1, 200):
        average.update(count)
    assert average.module.weight.item() == pytest.approx(1.0, abs=1e-4)
    assert not average.module.training
    net.weight.data.fill_(2.0)
    average.update(200)
    assert average.module.weight.item() == pytest.approx(1.1, abs=1e-3)


def test_the_first_decays_are_short():
    """(1 + k) / (10 + k): 2 / 11 after the first update, 3 / 12 after the second."""
    net = torch.nn.Linear(1, 1, bias=False)
    net.weight.data.fill_(0.0)
    average = AveragedModule(net, 0.999)
    net.weight.data.fill_(1.0)
    average.update(1)
    assert average.module.weight.item() == pytest.approx(1 - 2 / 11)
    average.update(2)
    assert average.module.weight.item() == pytest.approx(1 - 2 / 11 * 3 / 12)


def test_buffers_are_copied_and_the_source_is_left_alone():
    net = torch.nn.BatchNorm1d(2)
    average = AveragedModule(net, 0.9)
    net.running_mean.fill_(7.0)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    average.update(1)
    assert average.module.running_mean.tolist() == [7.0, 7.0]
    assert all(torch.equal(net.state_dict()[name], value) for name, value in before.items())
    assert net.training
    assert not any(parameter.requires_grad for parameter in average.module.parameters())
