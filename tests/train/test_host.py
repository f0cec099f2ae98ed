"""What a plugin reports is one number."""

import numpy as np
import pytest
import torch

from studio.core.errors import PluginError
from studio.train.host import check_number


@pytest.mark.parametrize("value", [1, 0.5, True, np.float32(2), np.ones(()), torch.tensor(1.0), torch.ones(1, 1)])
def test_one_number(value):
    assert check_number("session.log", "loss", value) is None


@pytest.mark.parametrize(
    ("value", "given"),
    [
        ("1", "str"),
        (None, "NoneType"),
        (1j, "complex"),
        ([1.0], "list"),
        (np.ones(1), "an array of shape (1,)"),
        (torch.ones(2, 3), "a tensor of shape (2, 3)"),
        (torch.ones((), dtype=torch.complex64), "a tensor of shape ()"),
    ],
)
def test_what_is_none(value, given):
    with pytest.raises(PluginError) as raised:
        check_number("session.log", "loss", value)
    assert str(raised.value) == f"session.log was given 'loss' as {given}; report one number, such as its mean."
