"""A trained model puts weights of a checkpoint into fresh modules, or says why it cannot."""

import pytest
import torch
from torch import nn

from studio.core.errors import ModelError
from studio.core.modality import ImageSpec
from studio.train.checkpoint import Checkpoint
from studio.train.trained import TrainedModel, averaged_weights, prefixed


def trained(weights, classes=()):
    return TrainedModel("f", None, ImageSpec(shape=(2, 2, 1), classes=classes), weights)


def test_the_tensors_of_one_module_lose_its_name():
    first, second = torch.zeros(1), torch.ones(1)
    assert prefixed({"net/a": first, "net2/a": second, "other": first}, "net") == {"a": first}


def test_the_average_goes_before_the_weights():
    kept, average, only = torch.zeros(1), torch.ones(1), torch.full((1,), 2.0)
    checkpoint = Checkpoint(1, {"modules": {"a/w": kept, "b/w": only}, "averaged": {"a/w": average}}, {})
    assert averaged_weights(checkpoint) == {"a/w": average, "b/w": only}


def test_a_module_is_filled_and_only_samples_from_now_on():
    weights = {"net/weight": torch.full((1, 2), 3.0), "net/bias": torch.ones(1)}
    net = trained(weights).module("net", nn.Linear(2, 1))
    assert net(torch.ones(1, 2)).tolist() == [[7.0]]
    assert not net.training
    assert not any(parameter.requires_grad for parameter in net.parameters())


def test_a_module_without_weights_needs_none():
    assert isinstance(trained({}).module("act", nn.SiLU()), nn.SiLU)


def test_a_module_that_the_training_had_not():
    with pytest.raises(ModelError, match=r"^The training has no module 'net': .*, so train again; .* name it alike"):
        trained({"other/weight": torch.ones(1)}).module("net", nn.Linear(2, 1))


def test_a_module_of_another_shape():
    said = r"^The weights of 'net' do not fit the network .*, so train again\. \(size mismatch for weight.*\)$"
    with pytest.raises(ModelError, match=said):
        trained({"net/weight": torch.ones(5, 5), "net/bias": torch.ones(1)}).module("net", nn.Linear(2, 1))


def test_a_label_is_asked_for_where_there_are_classes():
    assert trained({}).label_inputs() == []
    (label,) = trained({}, ("a", "b")).label_inputs()
    assert (label.kind, trained({}, ("a", "b")).classes) == ("label", ("a", "b"))
