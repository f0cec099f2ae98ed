"""Samples rows of numbers and categories: at every step the numbers go on, and the next masked categories are drawn."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from studio.api import Continuous, Trained, given_input, guidance_input, label_input, noise_input, steps_input
from studio.nn import Sampler, Stage
from studio_diffusion.mixed import MixedEDM
from studio_diffusion.sampler import GIVEN, Multistep, guided_rows

__all__ = ["MixedFinish", "MixedInit", "MixedStep", "mixed_sampler_of"]


class MixedInit(nn.Module):
    """The inputs to the state and the constants of the loop.

    Args:
        net: The model.
        codec: The codec of the continuous view.
    """

    def __init__(self, net: MixedEDM, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec

    def forward(
        self, noise: Tensor, order: Tensor, symbols: Tensor, given: Tensor, *rest: Tensor
    ) -> tuple[Tensor, ...]:
        """Normal numbers (N, M), uniform ones (N, C) twice, known cells (N, K), steps; with classes label, guidance.

        Returns:
            State: numbers (N, M), the denoised ones of the last step, values of the categories (N, V), 0 where masked.
            Constants: steps, the normal numbers, known numbers and where they count, the rank of each category in the
            order, the uniform numbers that draw them; for guidance what ``guided_rows`` gives.
        """
        steps, *condition = rest
        view, counts = self.codec.encode_known(given)
        known, told = self.net.parted(view)
        # A copy: the capture of a step would look at what a view is a part of.
        counted, told_counts = counts[:, : self.net.count].clone(), counts[:, self.net.count :]
        if self.net.padding:
            counted = torch.zeros_like(noise) > 0.0
        count = steps.reshape(1).to(torch.float32)
        x = noise * self.net.numbers.spread(self.net.numbers.level(torch.zeros_like(count), count))
        values = torch.where(told_counts, told, 0.0)
        rank = (order[:, :, None] > order[:, None, :]).to(torch.float32).sum(2)
        constants = (steps, noise, known, counted, rank, symbols)
        return x, torch.zeros_like(x), values, *constants, *(guided_rows(*condition) if condition else ())


class MixedStep(nn.Module):
    """One step: the numbers by the multistep solver, and of the masked categories those whose turn it is.

    Args:
        net: The model.
        interval: Lowest and highest ratio of noise to item at which guidance acts.
    """

    def __init__(self, net: MixedEDM, interval: tuple[float, float]) -> None:
        super().__init__()
        self.net = net
        self.solver = Multistep(net.numbers, interval)

    def forward(
        self, i: Tensor, x: Tensor, before: Tensor, values: Tensor, steps: Tensor, *rest: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The state before step i to the state after it."""
        noise, known, counts, rank, symbols, *condition = rest
        here, _ = self.solver.levels(i, steps)
        x = self.solver.with_known(x, here, noise, known, counts)
        item, logits = self._told(x, values, here, condition)
        categories = rank.shape[1]
        due = (i.reshape(1).to(torch.float32) + 1.0) * categories / steps.reshape(1).to(torch.float32)
        masked = values.index_select(1, self.net.first) == 0.0
        drawn = (masked & (rank < due)).index_select(1, self.net.owners)
        values = torch.where(drawn, self._drawn(logits, symbols), values)
        return self.solver.onwards(i, steps, x, item, before), item, values

    def _told(self, x: Tensor, values: Tensor, level: Tensor, condition: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Denoised numbers and logits, guided towards the class."""
        sigma = level.clamp(min=self.net.numbers.sigma_min)
        if not condition:
            return self.net(x, values, sigma.expand(x.shape[0]), x.new_zeros(1, dtype=torch.int64))
        guidance, rows, label = condition
        asked = x.index_select(0, rows), values.index_select(0, rows)
        item, logits = self.net(*asked, sigma.expand(rows.shape[0]), label)
        count = x.shape[0]
        return self.solver.guided(item, count, level, guidance), self.solver.guided(logits, count, level, guidance)

    def _drawn(self, logits: Tensor, symbols: Tensor) -> Tensor:
        """Values of the categories (N, V) that uniform numbers (N, C) draw by logits (N, V)."""
        cumulative = torch.cumsum(torch.softmax(self.net.logits_of(logits), dim=2), dim=2)
        # Rounding may leave the sum of all a little below the number that draws.
        code = torch.minimum((cumulative <= symbols[:, :, None]).sum(2), self.net.last)
        own = code.index_select(1, self.net.owners) == self.net.within
        return 2.0 * own.to(logits.dtype) - 1.0


class MixedFinish(nn.Module):
    """The state after the last step is the row; known numbers are as they were given.

    Args:
        net: The model.
    """

    def __init__(self, net: MixedEDM) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, before: Tensor, values: Tensor, *rest: Tensor) -> Tensor:
        """Rows (N, K') of the view."""
        known, counts = rest[2], rest[3]
        return self.net.to_view(torch.where(counts, known, x), values)


def mixed_sampler_of(trained: Trained, net: MixedEDM) -> Sampler:
    """The sampler of a net of a table with categories."""
    settings, codec, classes = trained.settings, trained.codec(Continuous()), len(trained.classes)
    categories = (len(codec.groups),)
    inputs = [
        noise_input((max(1, codec.numbers),)),
        noise_input(categories, "noise.order", "uniform"),
        noise_input(categories, "noise.symbols", "uniform"),
        given_input(trained.spec, GIVEN),
        steps_input(settings.sample_steps),
    ]
    inputs += [label_input(classes), guidance_input(settings.sample_guidance)] if classes else []
    step = MixedStep(net, (settings.guidance_from, settings.guidance_to))
    return Sampler(inputs, MixedInit(net, codec), MixedFinish(net), codec, [Stage(step, trip="steps")], num_state=3)
