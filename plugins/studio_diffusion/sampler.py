"""The solvers of the probability-flow ODE, each as the step of a loop, with guidance by class and known values.

Guidance (Ho and Salimans 2022, arXiv:2207.12598, Eq. 6) needs the slope with and without the class. Both come from one
pass over a batch of 2N rows. Where guidance is 1 the second half would change nothing, so ``Init`` makes the list of
rows once, N or 2N long, and every step takes its rows from it: no branch in the graph, and no wasted work. It acts in
an interval of noise levels only (Kynkaanniemi et al. 2024, arXiv:2404.07724): at high noise it costs variety, at low
noise it changes nothing.

Known values are put into every state as they are under the same noise (Song et al. 2021, arXiv:2011.13456, section 5),
which leads the free ones towards them. That is a heuristic: what it draws is not distributed as the model's items with
those known values are (Lugmayr et al. 2022, RePaint, arXiv:2201.09865, goes back and forth to come closer).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from studio.api import Continuous, Trained, given_input, guidance_input, label_input, noise_input, steps_input
from studio.nn import Sampler, Stage
from studio_diffusion.model import EDM, RectifiedFlow

__all__ = ["GIVEN", "Euler", "Finish", "Heun", "Init", "Multistep", "guided_rows", "sampler_of", "solver"]


class Init(nn.Module):
    """The inputs to the state and the constants of the loop.

    Args:
        net: The model, in either formulation.
        codec: The codec of the continuous view.
        remembers: Whether the state also holds the last step's denoised item.
    """

    def __init__(self, net: EDM | RectifiedFlow, codec: Any, remembers: bool) -> None:
        super().__init__()
        self.net = net
        self.codec = codec
        self.remembers = remembers

    def forward(self, noise: Tensor, given: Tensor, steps: Tensor, *condition: Tensor) -> tuple[Tensor, ...]:
        """Noise (N, C, ...), known values (N, ..., C), steps, and with classes label (N,) and guidance.

        Returns:
            State (N, C, ...) and, where remembered, the last item. Constants: steps, noise, known values and where they
            count; for guidance its strength, the rows (M,) and their labels (M,).
        """
        known, counts = self.codec.encode_known(given)
        known = self.net.centred(known)
        count = steps.reshape(1).to(torch.float32)
        first = self.net.level(torch.zeros_like(count), count)
        state = (noise * self.net.spread(first), *([torch.zeros_like(noise)] if self.remembers else []))
        constants = (steps, noise, known, counts)
        if not condition:
            return *state, *constants
        return *state, *constants, *guided_rows(*condition)


def guided_rows(label: Tensor, guidance: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Labels (N,) and guidance to guidance, the rows that a net is asked for (M,) and their labels (M,)."""
    row = torch.arange(label.shape[0], device=label.device)
    second_half = torch.cat([torch.zeros_like(row), torch.ones_like(row)]) > 0
    kept = torch.nonzero(~second_half | (guidance != 1.0)).squeeze(1)
    rows = torch.cat([row, row]).index_select(0, kept)
    labels = torch.cat([label, torch.full_like(label, -1)]).index_select(0, kept)
    return guidance, rows, labels


class _Solver(nn.Module):
    """What every step needs: its levels, the state with the known values in it, and the guided slope.

    Args:
        net: The model, in either formulation.
        interval: Lowest and highest ratio of noise to item at which guidance acts.
    """

    def __init__(self, net: EDM | RectifiedFlow, interval: tuple[float, float] = (0.0, float("inf"))) -> None:
        super().__init__()
        self.net = net
        self.interval = interval

    def levels(self, i: Tensor, steps: Tensor) -> tuple[Tensor, Tensor]:
        """Levels before and after step i, each (1,)."""
        index, count = i.reshape(1).to(torch.float32), steps.reshape(1).to(torch.float32)
        return self.net.level(index, count), self.net.level(index + 1.0, count)

    def ratio(self, level: Tensor) -> Tensor:
        """Ratio of noise to item, from 1e-8 to 1e20; the logarithm of its inverse is half the log-SNR."""
        return (self.net.spread(level) / self.net.scale(level).clamp(min=1e-20)).clamp(min=1e-8)

    def with_known(self, x: Tensor, level: Tensor, noise: Tensor, known: Tensor, counts: Tensor) -> Tensor:
        """The state with known values under the request's own noise."""
        return torch.where(counts, self.net.scale(level) * known + self.net.spread(level) * noise, x)

    def slope(self, x: Tensor, level: Tensor, condition: tuple[Tensor, ...]) -> Tensor:
        """The slope at a state, guided towards the class."""
        if not condition:
            return self.net.slope(x, level, x.new_zeros(1, dtype=torch.int64))
        guidance, rows, label = condition
        return self.guided(self.net.slope(x.index_select(0, rows), level, label), x.shape[0], level, guidance)

    def guided(self, told: Tensor, count: int, level: Tensor, guidance: Tensor) -> Tensor:
        """What a net said of the rows that it was asked for, (M, ...), to that of N states, guided, (N, ...)."""
        # Rows N.. are without the class; where there are only N, the last N are the first N and the difference is 0.
        first = torch.arange(count, device=told.device)
        with_class = told.index_select(0, first)
        without = told.index_select(0, first + (told.shape[0] - count))
        ratio = self.ratio(level)
        acts = (ratio >= self.interval[0]) & (ratio <= self.interval[1])
        return without + torch.where(acts, guidance, 1.0) * (with_class - without)


class Euler(_Solver):
    """Euler's method: one slope a step."""

    def forward(self, i: Tensor, x: Tensor, steps: Tensor, *rest: Tensor) -> Tensor:
        """State (N, C, ...) before step i to the state after it."""
        here, there = self.levels(i, steps)
        x = self.with_known(x, here, *rest[:3])
        return x + (there - here) * self.slope(x, here, rest[3:])


class Heun(_Solver):
    """Heun's method (arXiv:2206.00364, Algorithm 1): each step but the last is corrected by its end."""

    def forward(self, i: Tensor, x: Tensor, steps: Tensor, *rest: Tensor) -> Tensor:
        """State (N, C, ...) before step i to the state after it."""
        here, there = self.levels(i, steps)
        x = self.with_known(x, here, *rest[:3])
        first = self.slope(x, here, rest[3:])
        euler = x + (there - here) * first
        second = self.slope(self.with_known(euler, there, *rest[:3]), there, rest[3:])
        last = self.net.spread(there) <= 0.0
        return torch.where(last, euler, x + (there - here) * 0.5 * (first + second))


class Multistep(_Solver):
    """DPM-Solver++(2M) (Lu et al. 2022, arXiv:2211.01095, Algorithm 2): one slope a step, and the item of the last."""

    def forward(self, i: Tensor, x: Tensor, before: Tensor, steps: Tensor, *rest: Tensor) -> tuple[Tensor, Tensor]:
        """State (N, C, ...) and denoised item before step i to those after it."""
        here, _ = self.levels(i, steps)
        x = self.with_known(x, here, *rest[:3])
        item = self.net.item_of(x, self.slope(x, here, rest[3:]), here)
        return self.onwards(i, steps, x, item, before), item

    def onwards(self, i: Tensor, steps: Tensor, x: Tensor, item: Tensor, before: Tensor) -> Tensor:
        """The state after step i, from the state, its denoised item and that of the step before."""
        here, there = self.levels(i, steps)
        past, _ = self.levels(torch.clamp(i - 1, min=0), steps)
        # h is the step in half log-SNR; the first step and the one that reaches the item are of first order.
        h, h_before = torch.log(self.ratio(here) / self.ratio(there)), torch.log(self.ratio(past) / self.ratio(here))
        first_order = (i == 0) | (self.net.spread(there) <= 0.0)
        share = torch.where(first_order, torch.zeros_like(h), 0.5 * h / h_before.clamp(min=1e-6))
        ahead = item + share * (item - before)
        shrink = self.net.spread(there) / self.net.spread(here)
        # scale(there) (1 - exp(-h)) without a ratio, which has no value where nothing of the item is left.
        return shrink * x + (self.net.scale(there) - shrink * self.net.scale(here)) * ahead


GIVEN = (
    "Known values of the item, kept as they are; the others are free. What is drawn is led towards them by a heuristic "
    "(arXiv:2201.09865): it fits them often rather than always."
)


def solver(net: EDM | RectifiedFlow, name: str, interval: tuple[float, float]) -> Euler | Heun | Multistep:
    """The step of the solver of that name."""
    solvers: dict[str, type[Euler | Heun | Multistep]] = {"euler": Euler, "heun": Heun, "multistep": Multistep}
    return solvers[name](net, interval)


def sampler_of(trained: Trained, net: EDM | RectifiedFlow, opset: int) -> Sampler:
    """The sampler of a net, in an operator set."""
    settings, codec = trained.settings, trained.codec(Continuous())
    classes = len(trained.classes)
    step = solver(net, settings.solver, (settings.guidance_from, settings.guidance_to))
    remembers = isinstance(step, Multistep)
    inputs = [noise_input(codec.shape), given_input(trained.spec, GIVEN), steps_input(settings.sample_steps)]
    inputs += [label_input(classes), guidance_input(settings.sample_guidance)] if classes else []
    return Sampler(
        inputs,
        Init(net, codec, remembers),
        Finish(net, remembers),
        codec,
        stages=[Stage(step, trip="steps")],
        num_state=2 if remembers else 1,
        opset=opset,
    )


class Finish(nn.Module):
    """The state after the last step is the item; known values are as they were given.

    Args:
        net: The model, in either formulation.
        remembers: Whether the state also holds the last step's denoised item.
    """

    def __init__(self, net: EDM | RectifiedFlow, remembers: bool) -> None:
        super().__init__()
        self.net = net
        self.remembers = remembers

    def forward(self, x: Tensor, *rest: Tensor) -> Tensor:
        """Items (N, C, ...) around [-1, 1]."""
        known, counts = rest[3:5] if self.remembers else rest[2:4]
        return self.net.to_view(torch.where(counts, known, x))
