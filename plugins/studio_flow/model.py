"""What both flows share: which one a run has, the way between view and unit cube, likelihood and latent.

A flow f maps the view in [0, 1] to uniform noise; log p(x) = log |det df / dx| (Rezende and Mohamed 2015,
arXiv:1505.05770, Eq. 5, with a base density of 1). Latents are normal: the quantiles of that uniform noise.

Symbols of the papers and their names here. [T] Zhai et al. 2024, arXiv:2412.06329; [C] Dinh et al. 2017,
arXiv:1605.08803; [S] Durkan et al. 2019, arXiv:1906.04032::

    x + u (dequantised)               unit                  an item of real numbers, in [0, 1]
    z; z^T [T]                        u                     uniform noise; normal_quantile(u) is the latent
    log |det df / dx|                 log_det               summed over blocks, or over couplings
    f^t [T], Eq. 3                    FlowBlock             a block: a causal transformer and a spline for each value
    z_i^t [T]                         Patches               patch i of an item; places says their order in a block
    1 - b [C], section 3.4            mapped                the half of the checkerboard that a Coupling maps
    K [S]                             bins                  bins of a spline
    x^(k), x^(k+1); y^(k), y^(k+1)    x0, x1, y0, y1        the knots about a value [S], Eq. 4
    delta^(k), delta^(k+1)            d0, d1                derivatives there
    s^(k)                             mean_slope            (y1 - y0) / (x1 - x0)
    xi                                share                 how far a value is between its knots
    a, b, c [S], Eq. 6 to 8           a, b, c               of the quadratic whose root is the inverse
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from studio.api import Continuous, Described
from studio_flow.coupling_flow import CouplingFlow
from studio_flow.transformer_flow import TransformerFlow

__all__ = ["VIEW", "Encode", "LogProb", "build", "from_unit", "normal_quantile", "to_unit", "uniform_of"]

VIEW = Continuous(dequantise=True)


def to_unit(view: Tensor) -> Tensor:
    """The view in [-1, 1] to [0, 1]; the volume of the view is 2 for each value."""
    return view * 0.5 + 0.5


def from_unit(unit: Tensor) -> Tensor:
    """[0, 1] to the view."""
    return unit * 2.0 - 1.0


def uniform_of(normal: Tensor) -> Tensor:
    """Normal numbers to uniform ones, float64: their cumulative distribution.

    Hastings' approximation (Abramowitz and Stegun 1964, 7.1.26; absolute error below 1e-7) by operations that every
    runtime has in float64; the error function is not among them.
    """
    # As tensors: plain numbers would be rounded to float32 in the file, and low densities make much of that.
    first, *series = torch.tensor(
        [0.3275911, 1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592],
        dtype=torch.float64,
        device=normal.device,
    ).unbind()
    x = normal.to(torch.float64)
    t = 1.0 / (1.0 + first * (0.5 * x.square()).sqrt())
    total = torch.zeros_like(t)
    for factor in series:
        total = (total + factor) * t
    upper = 0.5 * total * torch.exp(-0.5 * x.square())
    return torch.where(x > 0.0, 1.0 - upper, upper)


def normal_quantile(u: Tensor) -> Tensor:
    """Uniform numbers in [0, 1] to normal ones, at most 5.1 from 0.

    The rational approximations are those of Odeh and Evans (1974) as Beasley, Springer and Moro revised them (Moro
    1995, "The full Monte"): absolute error below 3e-9 before float32 rounds.
    """
    u = u.clamp(2e-7, 1.0 - 2e-7)
    y = u - 0.5
    r = y.square()
    top = y * (((-25.44106049637 * r + 41.39119773534) * r - 18.61500062529) * r + 2.50662823884)
    below = (((3.13082909833 * r - 21.06224101826) * r + 23.08336743743) * r - 8.4735109309) * r + 1.0
    s = torch.log(-torch.log(torch.minimum(u, 1.0 - u)))
    tail = torch.full_like(s, 0.0000003960315187)
    for factor in (
        0.0000002888167364,
        0.0000321767881768,
        0.0003951896511919,
        0.0038405729373609,
        0.0276438810333863,
        0.1607979714918209,
        0.9761690190917186,
        0.3374754822726147,
    ):
        tail = tail * s + factor
    return torch.where(y.abs() < 0.42, top / below, torch.where(y < 0.0, -tail, tail))


def build(run: Described) -> TransformerFlow | CouplingFlow:
    """Make the flow that the settings and the data ask for, unrun."""
    settings = run.settings
    shape = run.codec(VIEW).shape
    if settings.kind == "coupling":
        return CouplingFlow(shape, len(run.classes), settings.blocks, settings.dim, settings.depth, settings.bins)
    return TransformerFlow(
        shape,
        len(run.classes),
        side=settings.patch,
        blocks=settings.blocks,
        dim=settings.dim,
        depth=settings.depth,
        heads=settings.heads,
        bins=settings.bins,
    )


def log_prob(net: nn.Module, codec: Any, items: Tensor, view: Tensor, label: Tensor) -> Tensor:
    """Log density of items as stored in nats, (B,), from their view (B, C, ...) in [-1, 1], dequantised where it is."""
    _, log_det = net(to_unit(view), label)
    # The unit cube is half as wide as the view.
    values = math.prod(view.shape[1:])
    return log_det - values * math.log(2.0) + codec.log_det(items)


class LogProb(nn.Module):
    """Items as stored to their log density, exact for real numbers; of levels that of one dequantisation of them.

    The probability of an item is the mean of exp of that over uniform noise u, P(x) = E_u p(x + u), so that one draw
    gives a bound, E_u log p(x + u) <= log P(x) (Theis et al. 2016, arXiv:1511.01844), and the log of the
    mean of several a closer one (Hoogeboom et al. 2020, arXiv:2001.11235, importance-weighted dequantisation).
    """

    def __init__(self, net: nn.Module, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec
        self.noises = len(codec.noise_inputs())

    def forward(self, items: Tensor, *rest: Tensor) -> Tensor:
        """Items as stored, their dequantisation in [0, 1) where there is one, and labels if any, to nats (N,)."""
        noise, label = rest[: self.noises], rest[self.noises :]
        labels = label[0] if label else items.new_zeros(1, dtype=torch.int64)
        return log_prob(self.net, self.codec, items, self.codec.encode(items, *noise), labels)


class Encode(nn.Module):
    """Items as stored, and labels where there are classes, to their latent: normal numbers, as many as values."""

    def __init__(self, net: nn.Module, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec
        self.dtype = next(net.parameters()).dtype
        self.draws = codec.noise_inputs()

    def forward(self, items: Tensor, *label: Tensor) -> Tensor:
        """Items as stored, taken at the middle of each level where they have levels, to latents (N, K)."""
        labels = label[0] if label else items.new_zeros(1, dtype=torch.int64)
        middle = [torch.full((items.shape[0], *entry.shape), 0.5, device=items.device) for entry in self.draws]
        unit = to_unit(self.codec.encode(items, *middle)).to(self.dtype)
        u, _ = self.net(unit, labels)
        return normal_quantile(u).flatten(1).to(torch.float32)
