"""Two formulations of diffusion, EDM's preconditioned denoiser and rectified flow, on a U-Net or a transformer.

Both give the solvers the same: a state is scale(level) * item + spread(level) * noise, where level i is ``level(i)``,
and ``slope`` is that of the probability-flow ODE. Time runs from noise (x_0) to data (x_1), so EDM's sigma falls.
Items are centred here: the view less the mean of the training data, so that noise and items have one middle.

Symbols of the papers and their names here. [E] Karras et al. 2022, arXiv:2206.00364; [R] Liu et al. 2022,
arXiv:2209.03003, where X_0 is noise and X_1 an item, as here (DDPM's x_0 is an item); [D] Lu et al. 2022,
arXiv:2211.01095; [G] Ho and Salimans 2022, arXiv:2207.12598::

    y; x_0 [D]; X_1 [R]     x, item               a clean item, around 0
    n; eps; X_0 [R]         noise                 standard normal noise
    alpha_t [D]; s(t) [E]   scale                 factor of the item in a state; 1 in EDM, t in rectified flow
    sigma_t [D]             spread                standard deviation of the noise in it; sigma, or 1 - t
    exp(-lambda_t) [D]      ratio                 sigma_t / alpha_t; lambda_t is half the log-SNR
    sigma_i [E], Eq. 5      level                 noise level, or time, before step i of the sampler
    dx / dt [E], Eq. 1, 3   slope                 slope of the probability-flow ODE; v(X_t, t) of [R]
    x_theta(x_t, t) [D]     item_of               the item that a state and its slope stand for
    D(x; sigma), Eq. 7      EDM.forward           denoiser: c_skip, c_out, c_in, c_noise around F = net
    lambda(sigma), Eq. 8    weight                of the loss; sigma from p_mean, p_std (P_mean, P_std, Table 1)
    h_i; D_i; r_i [D]       h, ahead, share       of Algorithm 2, in Multistep; share is 1 / (2 r_i)
    1 + w [G], Eq. 6        guidance              how strongly the class is followed; 1 is as learned
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from studio.api import Continuous, Described, SettingsError, TableSpec
from studio.nn import DiT, LabelEmbedding, TimeEmbedding, UNet

__all__ = [
    "EDM",
    "LOWEST_RATIO",
    "ConditionalNet",
    "Moments",
    "RectifiedFlow",
    "body_of",
    "build",
    "moments_of",
    "view_of",
]

# The lowest ratio of noise to item that the likelihood looks at, 1.3 grey levels of 255, and the share of the training
# that is spread over it and the decade above, which the formulations' own distributions of noise hardly reach.
LOWEST_RATIO = 0.01
_LOW_SHARE = 0.05
# A value of a vector that hardly varies, such as a category that is rare, is not blown up further than this.
_LEAST_SPREAD = 0.1


@dataclass(frozen=True)
class Moments:
    """What the nets know of the data in the continuous view.

    Attributes:
        mean: Mean of each channel, (C, 1, ...).
        sigma_data: Root mean square of the values less their channel's mean, over their scale.
        scale: Standard deviation of each value of a vector, (K,): its values are of different kinds, and one level of
            noise has to mean the same to all. None for items with axes, whose channels are of one kind.
    """

    mean: Tensor
    sigma_data: float
    scale: Tensor | None = None


def moments_of(view: Tensor) -> Moments:
    """The moments of items (N, C, ...) in the continuous view; constant items count as of a small spread."""
    mean = view.mean([0, *range(2, view.ndim)], keepdim=True)[0]
    if view.ndim == 2:
        # Half of what it would be, so that the data lie as those of images do, for whom the noise levels are made.
        return Moments(mean, 0.5, 2.0 * (view - mean).square().mean(0).sqrt().clamp(min=_LEAST_SPREAD))
    return Moments(mean, float((view - mean).square().mean().sqrt().clamp(min=0.05)))


def _low_ratios(count: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Which of some items (count,) are trained at low noise, and its ratios to them, log-uniform over a decade."""
    draws = torch.rand(2, count, device=device)
    return draws[0] < _LOW_SHARE, LOWEST_RATIO * torch.exp(math.log(10.0) * draws[1])


class ConditionalNet(nn.Module):
    """A net over items that is told the time and the class.

    Args:
        body: ``body(x, context)``: items (B, C, ...) and context (B, K) to items of the same shape.
        context: Width K of the context.
        num_classes: Number of classes; 0 for a model without a condition.
    """

    def __init__(self, body: nn.Module, context: int, num_classes: int) -> None:
        super().__init__()
        self.time = TimeEmbedding(context)
        self.label = LabelEmbedding(num_classes, context) if num_classes else None
        self.body = body

    def forward(self, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
        """Items (B, C, ...), times (B,) around [0, 1] and labels (B,) to a field of the items' shape, float32."""
        context = self.time(t)
        if self.label is not None:
            context = context + self.label(label)
        return self.body(x, context).float()


class _Centred(nn.Module):
    """What both formulations share: the mean of the data, saved with the weights.

    Args:
        net: The network.
        moments: Moments of the training data.
    """

    def __init__(self, net: ConditionalNet, moments: Moments) -> None:
        super().__init__()
        self.net = net
        self.register_buffer("mean", moments.mean)
        self.mean: Tensor
        self.register_buffer("unit", moments.scale)
        self.unit: Tensor | None

    def centred(self, view: Tensor) -> Tensor:
        """Items (B, C, ...) of the continuous view to items around 0."""
        x = view - self.mean
        return x if self.unit is None else x / self.unit

    def to_view(self, x: Tensor) -> Tensor:
        """Items (B, C, ...) around 0 to the continuous view."""
        return (x if self.unit is None else x * self.unit) + self.mean


class EDM(_Centred):
    """The preconditioned denoiser D(x; sigma) of Karras et al. 2022 (arXiv:2206.00364).

    Args:
        net: The raw network F.
        moments: Moments of the training data.
    """

    # Table 1 of the paper: noise levels in sampling, and the log-normal distribution of them in training.
    sigma_min, sigma_max, rho = 0.002, 80.0, 7.0
    p_mean, p_std = -1.2, 1.2

    def __init__(self, net: ConditionalNet, moments: Moments) -> None:
        super().__init__(net, moments)
        self.register_buffer("sigma_data", torch.tensor(moments.sigma_data))
        self.sigma_data: Tensor

    def coefficients(self, x: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """c_in, c_noise, c_skip and c_out for items (B, C, ...) at noise levels (B,) (Table 1)."""
        s = sigma.reshape(-1, *([1] * (x.ndim - 1)))
        total = s**2 + self.sigma_data**2
        c_skip = self.sigma_data**2 / total
        c_out = s * self.sigma_data * total.rsqrt()
        c_in = total.rsqrt()
        # The paper's c_noise = ln(sigma) / 4, moved to about [0, 1] where the sinusoids resolve it.
        c_noise = (sigma.log() / 4.0 + 1.6) / 3.2
        return c_in, c_noise, c_skip, c_out

    def forward(self, x: Tensor, sigma: Tensor, label: Tensor) -> Tensor:
        """Noisy items (B, C, ...), noise levels (B,) and labels (B,) to denoised items (Eq. 7)."""
        c_in, c_noise, c_skip, c_out = self.coefficients(x, sigma)
        return c_skip * x + c_out * self.net(c_in * x, c_noise, label)

    def drawn_levels(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Noise levels to train items (B, C, ...) at: (B,), the same for their axes, and the weight of the error."""
        sigma = torch.exp(self.p_mean + self.p_std * torch.randn(x.shape[0], device=x.device))
        sigma = torch.where(*_low_ratios(len(x), x.device), sigma)
        s = sigma.reshape(-1, *([1] * (x.ndim - 1)))
        return sigma, s, (s**2 + self.sigma_data**2) / (s * self.sigma_data) ** 2

    def loss(self, x: Tensor, label: Tensor) -> Tensor:
        """The weighted denoising error of centred items (Eq. 8 and Table 1); 1 for a network of zeros."""
        sigma, s, weight = self.drawn_levels(x)
        denoised = self(x + s * torch.randn_like(x), sigma, label)
        return (weight * (denoised - x) ** 2).mean()

    def scale(self, sigma: Tensor) -> Tensor:
        """What the item is multiplied with in the state: 1."""
        return torch.ones_like(sigma)

    def spread(self, sigma: Tensor) -> Tensor:
        """Standard deviation of the noise in the state."""
        return sigma

    def level(self, i: Tensor, steps: Tensor) -> Tensor:
        """Noise level before step i of some steps (Eq. 5): sigma_max at 0, sigma_min at steps - 1, then 0."""
        share = i / (steps - 1.0).clamp(min=1.0)
        top, bottom = self.sigma_max ** (1 / self.rho), self.sigma_min ** (1 / self.rho)
        sigma = (top + share * (bottom - top)).clamp(min=1e-3) ** self.rho
        return torch.where(i >= steps, torch.zeros_like(sigma), sigma)

    def slope(self, x: Tensor, sigma: Tensor, label: Tensor) -> Tensor:
        """Dx / dsigma of the probability-flow ODE (Eq. 3); sigma (1,) is kept from 0, where the slope has no value."""
        sigma = sigma.clamp(min=self.sigma_min)
        return (x - self(x, sigma.expand(x.shape[0]), label)) / sigma

    def item_of(self, x: Tensor, slope: Tensor, sigma: Tensor) -> Tensor:
        """The denoised item that a state and its slope stand for."""
        return x - sigma.clamp(min=self.sigma_min) * slope

    def denoise(self, x: Tensor, ratio: Tensor, noise: Tensor, label: Tensor) -> Tensor:
        """Items (B, C, ...) under noise, in ratios (B,) of noise to item, to what the net makes of them."""
        return self(x + ratio.reshape(-1, *([1] * (x.ndim - 1))) * noise, ratio, label)


class RectifiedFlow(_Centred):
    """The velocity of straight lines from noise to data (Liu et al. 2022, arXiv:2209.03003).

    Args:
        net: The network v(x_t, t).
        moments: Moments of the training data.
    """

    def forward(self, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
        """States (B, C, ...), times (B,) in [0, 1] and labels (B,) to velocities."""
        return self.net(x, t, label)

    def loss(self, x: Tensor, label: Tensor) -> Tensor:
        """Mean squared error of the velocity x_1 - x_0 at t = sigmoid of a normal number (arXiv:2403.03206, Eq. 19).

        Items are centred.
        """
        t = torch.sigmoid(torch.randn(x.shape[0], device=x.device))
        low, ratio = _low_ratios(len(x), x.device)
        t = torch.where(low, 1.0 / (1.0 + ratio), t)
        s = t.reshape(-1, *([1] * (x.ndim - 1)))
        noise = torch.randn_like(x)
        velocity = self((1.0 - s) * noise + s * x, t, label)
        return ((velocity - (x - noise)) ** 2).mean()

    def scale(self, t: Tensor) -> Tensor:
        """What the item is multiplied with in the state."""
        return t

    def spread(self, t: Tensor) -> Tensor:
        """Standard deviation of the noise in the state."""
        return 1.0 - t

    def level(self, i: Tensor, steps: Tensor) -> Tensor:
        """Time before step i of some steps."""
        return i / steps

    def slope(self, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
        """Dx / dt at time t, shape (1,)."""
        return self(x, t.expand(x.shape[0]), label)

    def item_of(self, x: Tensor, slope: Tensor, t: Tensor) -> Tensor:
        """The item that a state and its velocity stand for: where the straight line ends."""
        return x + (1.0 - t) * slope

    def denoise(self, x: Tensor, ratio: Tensor, noise: Tensor, label: Tensor) -> Tensor:
        """Items (B, C, ...) under noise, in ratios (B,) of noise to item, to what the net makes of them."""
        t = 1.0 / (1.0 + ratio)
        s = t.reshape(-1, *([1] * (x.ndim - 1)))
        state = s * x + (1.0 - s) * noise
        return self.item_of(state, self(state, t, label), s)


def view_of(run: Described) -> Continuous:
    """The view that is learned: of tables the rounded numbers spread over their rounding, as a density wants it."""
    rows = isinstance(run.spec, TableSpec)
    return Continuous(dequantise=rows, one_hot=rows)


def body_of(run: Described, shape: tuple[int, ...]) -> ConditionalNet:
    """The network that the settings ask for, for states of a shape (C, ...)."""
    settings = run.settings
    context = 4 * settings.channels
    body: nn.Module
    if settings.net == "dit" and len(shape) != 3:
        raise SettingsError("net = dit reads patches of images; choose net = unet for other data.")
    if settings.net == "dit":
        body = DiT(
            shape[0],
            shape[1:],
            settings.channels,
            settings.depth,
            settings.heads,
            settings.patch,
            context,
            settings.dropout,
        )
    else:
        body = UNet(
            shape[0],
            shape[1:],
            settings.channels,
            settings.multipliers,
            settings.blocks,
            context,
            settings.attention_size,
            settings.dropout,
        )
    return ConditionalNet(body, context, len(run.classes))


def build(run: Described, moments: Moments | None = None) -> EDM | RectifiedFlow:
    """Make the model that the settings and the data ask for, unrun; moments are those of its weights if None."""
    shape = run.codec(Continuous()).shape
    moments = moments or Moments(
        torch.zeros(shape[0], *([1] * (len(shape) - 1))), 0.5, torch.ones(shape) if len(shape) == 1 else None
    )
    net = body_of(run, shape)
    return EDM(net, moments) if run.settings.formulation == "edm" else RectifiedFlow(net, moments)
