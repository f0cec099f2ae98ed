"""Two formulations of diffusion on one U-Net: EDM's preconditioned denoiser, and rectified flow.

Both give the sampler the same three things: where it starts, the level of step i, and the slope of the
probability-flow ODE at a level. Time runs from noise (x_0) to data (x_1); EDM's sigma therefore falls.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from studio.api import Continuous, Described
from studio.nn import LabelEmbedding, TimeEmbedding, UNet

__all__ = ["EDM", "ConditionalUNet", "RectifiedFlow", "build"]


class ConditionalUNet(nn.Module):
    """A U-Net that is told the time and the class.

    Args:
        shape: Shape of an item in the continuous view, (C, W) or (C, H, W).
        num_classes: Number of classes; 0 for a model without a condition.
        channels: Channels of the first level.
        multipliers: Channels of each level as multiples of the first.
        blocks: Residual blocks of each level.
        attention_size: Levels at most this large have attention.
        dropout: Share of values dropped in each block.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        num_classes: int,
        channels: int,
        multipliers: Sequence[int],
        blocks: int,
        attention_size: int,
        dropout: float,
    ) -> None:
        super().__init__()
        context = 4 * channels
        self.shape = shape
        self.time = TimeEmbedding(context)
        self.label = LabelEmbedding(num_classes, context) if num_classes else None
        self.unet = UNet(shape[0], shape[1:], channels, multipliers, blocks, context, attention_size, dropout)

    def forward(self, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
        """Items (B, C, ...), times (B,) around [0, 1] and labels (B,) to a field of the items' shape, float32."""
        context = self.time(t)
        if self.label is not None:
            context = context + self.label(label)
        return self.unet(x, context).float()


class EDM(nn.Module):
    """The preconditioned denoiser D(x; sigma) of Karras et al. 2022 (arXiv:2206.00364).

    Args:
        net: The raw network F.
        sigma_data: Standard deviation of the data in the continuous view.
    """

    # Table 1 of the paper: noise levels in sampling, and the log-normal distribution of them in training.
    sigma_min, sigma_max, rho = 0.002, 80.0, 7.0
    p_mean, p_std = -1.2, 1.2

    def __init__(self, net: ConditionalUNet, sigma_data: float) -> None:
        super().__init__()
        self.net = net
        self.register_buffer("sigma_data", torch.tensor(sigma_data))
        self.sigma_data: Tensor

    def forward(self, x: Tensor, sigma: Tensor, label: Tensor) -> Tensor:
        """Noisy items (B, C, ...), noise levels (B,) and labels (B,) to denoised items (Eq. 7)."""
        s = sigma.reshape(-1, *([1] * (x.ndim - 1)))
        total = s**2 + self.sigma_data**2
        c_skip = self.sigma_data**2 / total
        c_out = s * self.sigma_data * total.rsqrt()
        c_in = total.rsqrt()
        # The paper's c_noise = ln(sigma) / 4, moved to about [0, 1] where the sinusoids resolve it.
        c_noise = (sigma.log() / 4.0 + 1.6) / 3.2
        return c_skip * x + c_out * self.net(c_in * x, c_noise, label)

    def loss(self, x: Tensor, label: Tensor) -> Tensor:
        """The weighted denoising error (Eq. 8 and Table 1); 1 for a network of zeros on data of zero mean."""
        sigma = torch.exp(self.p_mean + self.p_std * torch.randn(x.shape[0], device=x.device))
        s = sigma.reshape(-1, *([1] * (x.ndim - 1)))
        weight = (s**2 + self.sigma_data**2) / (s * self.sigma_data) ** 2
        denoised = self(x + s * torch.randn_like(x), sigma, label)
        return (weight * (denoised - x) ** 2).mean()

    def start(self, noise: Tensor) -> Tensor:
        """Standard normal noise to the state at the largest noise level."""
        return noise * self.sigma_max

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


class RectifiedFlow(nn.Module):
    """The velocity of straight lines from noise to data (Liu et al. 2022, arXiv:2209.03003).

    Args:
        net: The network v(x_t, t).
    """

    def __init__(self, net: ConditionalUNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
        """States (B, C, ...), times (B,) in [0, 1] and labels (B,) to velocities."""
        return self.net(x, t, label)

    def loss(self, x: Tensor, label: Tensor) -> Tensor:
        """Mean squared error of the velocity x_1 - x_0 at t = sigmoid of a normal number (arXiv:2403.03206, Eq. 19)."""
        t = torch.sigmoid(torch.randn(x.shape[0], device=x.device))
        s = t.reshape(-1, *([1] * (x.ndim - 1)))
        noise = torch.randn_like(x)
        velocity = self((1.0 - s) * noise + s * x, t, label)
        return ((velocity - (x - noise)) ** 2).mean()

    def start(self, noise: Tensor) -> Tensor:
        """Standard normal noise is the state at t = 0."""
        return noise

    def level(self, i: Tensor, steps: Tensor) -> Tensor:
        """Time before step i of some steps."""
        return i / steps

    def slope(self, x: Tensor, t: Tensor, label: Tensor) -> Tensor:
        """Dx / dt at time t, shape (1,)."""
        return self(x, t.expand(x.shape[0]), label)


def build(run: Described, sigma_data: float = 0.5) -> EDM | RectifiedFlow:
    """Make the network that the settings and the data ask for, unrun."""
    settings = run.settings
    net = ConditionalUNet(
        shape=run.codec(Continuous()).shape,
        num_classes=len(run.classes),
        channels=settings.channels,
        multipliers=settings.multipliers,
        blocks=settings.blocks,
        attention_size=settings.attention_size,
        dropout=settings.dropout,
    )
    return EDM(net, sigma_data) if settings.formulation == "edm" else RectifiedFlow(net)
