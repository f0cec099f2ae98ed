"""The flow over the latent of an autoencoder of tokens, whose stretches are its patches.

Each number of a latent z is mapped to [0, 1] by the normal distribution function, under which N(0, 1) is uniform; what
the flow f does there says how much likelier z is than under N(0, 1): log p(z) - log N(z; 0, 1) = log |det df / du|. So
the flow takes the prior's place in the evidence lower bound of the text (Chen et al. 2017, arXiv:1611.02731, 3.2).

All blocks go from the first stretch to the last: log |det| is then a sum over the stretches, of which each depends on
those before it alone, as does the decoder. So a text is drawn with as many stretches as it has, z_1 and its tokens, z_2
and its tokens, and what lies behind its end has no part in its probability.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from studio.nn import SequenceBegin, until_end
from studio_flow.model import normal_quantile, uniform_of
from studio_flow.transformer_flow import FlowBlock, Patches

__all__ = ["LatentEncode", "LatentFlow", "LatentInit", "LatentStep", "LatentToTokens"]

# Groups of a stretch's numbers, each of which sees those before it.
_GROUPS = 4
# Beyond this a normal number is out of the quantile's reach.
_LARGEST = 5.0
# Constants of the loop over the tokens that the loops of the flow do not take: uniform numbers and three scalars.
_SYMBOLS = 4


class _Stretches(Patches):
    """The stretches of a latent as patches, whose numbers are mapped in a few groups, in either order.

    Args:
        latent_shape: (S, K).
        turned: Whether the last group comes first.
    """

    def __init__(self, latent_shape: tuple[int, int], turned: bool) -> None:
        self.turned = turned
        super().__init__((latent_shape[1], 1, latent_shape[0]), 1)

    def groups(self) -> Tensor:
        """The group of each number, int64 (K,)."""
        group = torch.arange(self.dims) * min(_GROUPS, self.dims) // self.dims
        return group.max() - group if self.turned else group


class LatentFlow(nn.Module):
    """A flow on latents.

    Args:
        latent_shape: (S, K): stretches, and numbers of each.
        stretch: Tokens of a stretch.
        num_classes: Number of classes; 0 for a model without a condition.
        blocks: Flow blocks.
        dim: Width of each transformer.
        depth: Its layers.
        heads: Heads of each attention.
        bins: Bins of each spline.
    """

    def __init__(
        self,
        latent_shape: tuple[int, int],
        stretch: int,
        num_classes: int,
        blocks: int,
        dim: int,
        depth: int,
        heads: int,
        bins: int,
    ) -> None:
        super().__init__()
        self.latent_shape, self.stretch = latent_shape, stretch
        both = [_Stretches(latent_shape, turned) for turned in (False, True)]
        self.blocks = nn.ModuleList(
            [FlowBlock(both[n % 2], num_classes, dim, depth, heads, bins, reverse=False) for n in range(blocks)]
        )

    def flow_blocks(self) -> list[FlowBlock]:
        """The blocks, from the data's end to that of the noise."""
        return cast("list[FlowBlock]", list(self.blocks))

    def map(self, latent: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """The first s stretches of latents (B, s, K) to uniform noise (B, s, K), and log |det| of each stretch."""
        u = uniform_of(latent.clamp(-_LARGEST, _LARGEST)).to(next(self.parameters()).dtype)
        total = torch.zeros_like(u[:, :, 0])
        for block in self.flow_blocks():
            u, log_det = block(u, label)
            total = total + log_det
        return u, total

    def forward(self, latent: Tensor, label: Tensor, tokens: Tensor, end: int) -> Tensor:
        """How many nats likelier latents are than under N(0, 1), up to the ends of their texts, (B,).

        Args:
            latent: The first stretches of latents (B, s, K).
            label: Labels (B,).
            tokens: Their texts (B, L).
            end: The symbol that a text ends with.
        """
        _, log_det = self.map(latent, label)
        said = until_end(tokens, end)[:, :: self.stretch]
        return torch.where(said, log_det, 0.0).sum(1)


class LatentEncode(nn.Module):
    """Items to latents of the flow: normal numbers, as many as the autoencoder's.

    Args:
        flow: The flow.
        encode: Items to latents of the autoencoder, (N, S * K).
    """

    def __init__(self, flow: LatentFlow, encode: nn.Module) -> None:
        super().__init__()
        self.flow = flow
        self.encode = encode

    def forward(self, items: Tensor, *label: Tensor) -> Tensor:
        """Items (N, L), and labels where there are classes, to latents float32 (N, S * K)."""
        labels = label[0] if label else items.new_zeros(1, dtype=torch.int64)
        u, _ = self.flow.map(self.encode(items).unflatten(1, self.flow.latent_shape), labels)
        return normal_quantile(u).flatten(1).to(torch.float32)


class LatentInit(nn.Module):
    """Noise to the uniform numbers that the flow begins with, and the constants of both kinds of loop.

    Args:
        flow: The flow.
        length: Most tokens L of a text.
        likeliest: Whether the likeliest token is taken at each place; there are no numbers that draw one then.
    """

    def __init__(self, flow: LatentFlow, length: int, likeliest: bool = False) -> None:
        super().__init__()
        self.flow = flow
        self.length = length
        self.likeliest = likeliest

    def forward(self, latent: Tensor, *others: Tensor) -> tuple[Tensor, ...]:
        """Normal noise (N, S * K); uniform numbers (N, L) and three scalars where it draws; labels where classes are.

        Returns:
            Uniform numbers (N, S, K); then those that draw, temperature, top_k and top_p, and labels, made up without
            classes.
        """
        if self.likeliest:
            # Of the noise, so that none of them is a constant of the graph, of which two parts would share one.
            uniform = (latent[:, :1] * 0.0).expand(-1, self.length)
            others = uniform, uniform[0, 0], uniform[0, 0].to(torch.int64), uniform[0, self.length - 1], *others
        symbols, label = others[:_SYMBOLS], others[_SYMBOLS:]
        labels = label[0] if self.flow.flow_blocks()[0].label is not None else latent[:, 0].to(torch.int64) * 0
        return uniform_of(latent.unflatten(1, self.flow.latent_shape)), *symbols, labels


class LatentStep(nn.Module):
    """A step of the flow, which takes no constant but the last, the labels."""

    def __init__(self, step: nn.Module) -> None:
        super().__init__()
        self.step = step

    def forward(self, i: Tensor, *values: Tensor) -> tuple[Tensor, ...]:
        """The state before stretch i to the state after it."""
        made: tuple[Tensor, ...] = self.step(i, *values[: -_SYMBOLS - 1], values[-1])
        return made


class LatentToTokens(nn.Module):
    """What the last loop of the flow left to the state before the first token."""

    def __init__(self, begin: SequenceBegin) -> None:
        super().__init__()
        self.begin = begin

    def forward(self, made: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        """Numbers in [0, 1] (N, S, K), the rest of the loop's state, and the constants."""
        state: tuple[Tensor, ...] = self.begin(normal_quantile(made).to(torch.float32), rest[-_SYMBOLS - 1])
        return state
