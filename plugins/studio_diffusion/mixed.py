"""Rows of numbers and categories: numbers under noise, categories masked, and one net that sees both.

A net that knows some categories, and the numbers under some noise, says what the numbers are and how likely each
category is. Numbers are those of EDM. Categories are drawn one after another in an order by chance, as the
order-agnostic models of [A] draw them, which is masked diffusion with the time left out [M]; both go on together [T].

References:
    [A] Hoogeboom et al. 2022, Autoregressive diffusion models, arXiv:2110.02037, equation 5 (the loss: the number of
        masked categories is drawn, and their sum weighted by all over those).
    [M] Ou et al. 2024, Your absorbing discrete diffusion secretly models the conditional distributions of clean data,
        arXiv:2406.03736, section 3 (the net needs no time of its own for them).
    [T] Shi et al. 2024, TabDiff, arXiv:2410.20626, section 3 (a joint process of both kinds of columns).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from studio.api import Described, SettingsError
from studio_diffusion.model import EDM, ConditionalNet, Moments, body_of

__all__ = ["MixedEDM", "build_mixed", "is_mixed"]

_NEVER = -1e9


class MixedEDM(nn.Module):
    """Denoiser of M numbers and classifier of C masked categories.

    A category's values in the view are 1 for its own and -1 for the others; while it is masked they are all 0. Without
    any number there is one that is always 0, for a state has one at least.

    Args:
        net: The raw network, of the numbers and of all values of the categories.
        moments: Moments of the training data in the whole view.
        numbers: Number M of numbers, which come first in the view.
        groups: First value and number of values of each category.
    """

    def __init__(self, net: ConditionalNet, moments: Moments, numbers: int, groups: Sequence[tuple[int, int]]) -> None:
        super().__init__()
        assert moments.scale is not None
        self.count, self.padding = numbers, int(numbers == 0)
        mean, scale = moments.mean[:numbers], moments.scale[:numbers]
        if self.padding:
            mean, scale = torch.zeros(1), torch.ones(1)
        self.numbers = EDM(net, Moments(mean, moments.sigma_data, scale))
        sizes = [size for _, size in groups]
        widest = max(sizes)
        # Places of each category's values among those of all, repeated where it has fewer than the widest.
        places = [[start - numbers + min(k, size - 1) for k in range(widest)] for start, size in groups]
        never = [[0.0 if k < size else _NEVER for k in range(widest)] for size in sizes]
        owners = [group for group, size in enumerate(sizes) for _ in range(size)]
        within = [k for size in sizes for k in range(size)]
        named = {
            "places": torch.tensor(places),
            "never": torch.tensor(never),
            "owners": torch.tensor(owners),
            "within": torch.tensor(within),
            "first": torch.tensor([start - numbers for start, _ in groups]),
            "last": torch.tensor(sizes) - 1,
            # What a category costs who knows nothing, so that each counts as much as a number.
            "unit": torch.tensor([math.log(size) if size > 1 else 1.0 for size in sizes]),
        }
        for name, tensor in named.items():
            self.register_buffer(name, tensor, persistent=False)
        self.places: Tensor
        self.never: Tensor
        self.owners: Tensor
        self.within: Tensor
        self.first: Tensor
        self.last: Tensor
        self.unit: Tensor

    def parted(self, view: Tensor) -> tuple[Tensor, Tensor]:
        """The view (B, K') to its numbers around 0, (B, M), and the values of its categories, (B, V)."""
        x = view[:, : self.count]
        if self.padding:
            x = torch.zeros_like(view[:, :1])
        return self.numbers.centred(x), view[:, self.count :]

    def centred(self, view: Tensor) -> Tensor:
        """The view with its numbers around 0."""
        return torch.cat(self.parted(view), dim=1)

    def to_view(self, x: Tensor, values: Tensor) -> Tensor:
        """Numbers around 0 and values of the categories to the view."""
        return torch.cat([self.numbers.to_view(x)[:, self.padding :], values], dim=1)

    def forward(self, x: Tensor, values: Tensor, sigma: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Denoise, and say how likely the categories are.

        Args:
            x: Noisy numbers around 0, (B, M).
            values: Values of the categories, 0 where one is masked, (B, V).
            sigma: Noise levels (B,).
            label: Labels (B,).

        Returns:
            Denoised numbers (B, M), and logits of the categories' values, (B, V).
        """
        c_in, c_noise, c_skip, c_out = self.numbers.coefficients(x, sigma)
        raw = self.numbers.net(torch.cat([c_in * x, values], dim=1), c_noise, label)
        width = x.shape[1]
        return c_skip * x + c_out * raw[:, :width], raw[:, width:]

    def logits_of(self, flat: Tensor) -> Tensor:
        """Logits (B, V), category by category, (B, C, S); what the narrower ones do not have is far below all."""
        return flat.index_select(1, self.places.flatten()).reshape(-1, *self.places.shape) + self.never

    def loss(self, x: Tensor, label: Tensor) -> Tensor:
        """The mean over columns of EDM's loss of numbers and of the bound of [A] on categories; 1 knows nothing.

        Args:
            x: Rows of the view with their numbers around 0, (B, M + V).
            label: Labels (B,).
        """
        width = self.count + self.padding
        clean, values = x[:, :width], x[:, width:]
        categories = len(self.first)
        sigma, s, weight = self.numbers.drawn_levels(clean)
        count = torch.randint(1, categories + 1, (len(x), 1), device=x.device)
        rank = torch.rand(len(x), categories, device=x.device).argsort(1).argsort(1)
        masked = (rank < count).to(x.dtype)
        seen = values * (1.0 - masked.index_select(1, self.owners))
        denoised, logits = self(clean + s * torch.randn_like(clean), seen, sigma, label)
        error = (weight * (denoised - clean) ** 2).sum(1)
        own = self.logits_of(values).argmax(2, keepdim=True)
        surprise = -torch.log_softmax(self.logits_of(logits), dim=2).gather(2, own).squeeze(2) / self.unit
        # Of the masked ones, weighted as many times as there are more.
        missed = (surprise * masked).sum(1) * categories / count.squeeze(1)
        return ((error if not self.padding else 0.0) + missed).mean() / (self.count + categories)


def is_mixed(codec: Any) -> bool:
    """Whether a codec's view has categories: of a table with coded columns, or cells that may be missing."""
    return bool(getattr(codec, "groups", ()))


def build_mixed(run: Described, codec: Any, moments: Moments | None = None) -> MixedEDM:
    """Make the model of a table with categories, unrun; moments are those of its weights if None.

    Raises:
        SettingsError: If the settings ask for what numbers alone can do.
    """
    settings = run.settings
    if settings.formulation != "edm" or settings.solver != "multistep":
        raise SettingsError("Of tables with categories, choose formulation = edm and solver = multistep.")
    numbers, (width,) = codec.numbers, codec.shape
    moments = moments or Moments(torch.zeros(width), 0.5, torch.ones(width))
    return MixedEDM(body_of(run, (width + int(numbers == 0),)), moments, numbers, codec.groups)
