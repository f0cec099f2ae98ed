"""Averages of the weights of several lengths, of which one is chosen after the training.

The averages are power functions of the time trained (Karras et al. 2024, arXiv:2312.02696, section 3.1): their length
is a share of the run, whatever its length, and the start is forgotten. Which share is best depends on data, net and
learning rate; the held-out loss decides it when the training has ended.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from studio.api import Trained
from studio_diffusion.mixed import MixedEDM, build_mixed
from studio_diffusion.model import EDM, RectifiedFlow, build, view_of

__all__ = ["SHARES", "Choice", "Follower", "chosen", "chosen_mixed", "exponent"]

# Relative standard deviations of the averages' profiles; the middle one serves until one is chosen.
SHARES = (0.05, 0.10, 0.20)


def exponent(share: float) -> float:
    """The exponent gamma of the profile t^gamma whose relative standard deviation is ``share`` (Eq. 4 of the paper).

    share^2 = (gamma + 1) / ((gamma + 2)^2 (gamma + 3)), which falls in gamma; found by bisection.
    """
    low, high = 0.0, 1e4
    for _ in range(100):
        middle = 0.5 * (low + high)
        if (middle + 1.0) / ((middle + 2.0) ** 2 * (middle + 3.0)) > share**2:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


class Follower:
    """Moves a copy of a net after it.

    Args:
        net: The net to follow.
        share: Relative standard deviation of the profile.

    Attributes:
        module: The copy; give it to the session, so that it is in every checkpoint.
    """

    def __init__(self, net: nn.Module, share: float) -> None:
        self.module = copy.deepcopy(net).requires_grad_(False)
        self._gamma = exponent(share)
        self._live = _saved(net)

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take the weights after step 1, 2, ... into the average (Eq. 2): decay (1 - 1 / t)^(gamma + 1)."""
        decay = (1.0 - 1.0 / step) ** (self._gamma + 1.0)
        torch._foreach_lerp_(_saved(self.module), self._live, 1.0 - decay)


def _saved(net: nn.Module) -> list[Tensor]:
    """What is saved of a net: not the numbers that follow from its settings."""
    return list(net.state_dict(keep_vars=True).values())


class Choice(nn.Module):
    """Which average is sampled: a number that is saved and exported with the weights."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("index", torch.tensor(len(SHARES) // 2))
        self.index: Tensor


def chosen(trained: Trained) -> EDM | RectifiedFlow:
    """The net with the average that is sampled."""
    return trained.module(_name_of(trained), build(trained))


def chosen_mixed(trained: Trained) -> MixedEDM:
    """The same of a table with categories."""
    return trained.module(_name_of(trained), build_mixed(trained, trained.codec(view_of(trained))))


def _name_of(trained: Trained) -> str:
    if trained.settings.average != "chosen":
        return "net"
    return f"average{int(trained.module('choice', Choice()).index)}"
