"""Sampling: noise through the flow backwards, patch by patch and one loop a block, or in one pass by couplings.

The transformer flow is sampled in float64. Where a density is low its inverse is steep: what float32 rounds moved
single pixels by up to 1e-3 from one runtime to another, and with the patches that follow.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from studio.nn import Stage
from studio_flow.coupling_flow import CouplingFlow
from studio_flow.model import from_unit, uniform_of
from studio_flow.transformer_flow import FlowBlock, TransformerFlow

__all__ = ["CouplingSample", "Enter", "Finish", "Init", "Step", "run_stages", "stages_of"]


class CouplingSample(nn.Module):
    """Noise, temperature and labels to items in one pass."""

    def __init__(self, net: CouplingFlow) -> None:
        super().__init__()
        self.net = net

    def forward(self, noise: Tensor, temperature: Tensor, *label: Tensor) -> Tensor:
        """Normal noise (N, C * H * W) to items (N, C, H, W) in [-1, 1]."""
        labels = label[0] if label else noise.new_zeros(1, dtype=torch.int64)
        unit = uniform_of(noise * temperature).reshape(noise.shape[0], *self.net.shape)
        return from_unit(self.net.inverse(unit.to(torch.float32), labels))


class Init(nn.Module):
    """Noise to patches of uniform numbers, the state of every loop; labels are constant."""

    def __init__(self, net: TransformerFlow) -> None:
        super().__init__()
        self.net = net

    def forward(self, noise: Tensor, temperature: Tensor, *label: Tensor) -> tuple[Tensor, ...]:
        """Normal noise (N, C * H * W) to patches (N, P, D); and labels (N,), made up without classes."""
        patches = self.net.patches
        return patches.split(uniform_of(noise * temperature)), label[0] if label else torch.zeros_like(
            noise[:, 0], dtype=torch.int64
        )


class Enter(nn.Module):
    """The patches that one loop left, first of its state, to the state of the next."""

    def __init__(self, block: FlowBlock, before: FlowBlock | None) -> None:
        super().__init__()
        self.block = block
        self.before = before

    def forward(self, made: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        """Patches (N, P, D) to: patches made (N, P, D), patches to map, the embedded patch before, keys and values."""
        if self.before is not None:
            made = made.index_select(1, self.before.places)
        source = made.index_select(1, self.block.places)
        start = self.block.start.expand(made.shape[0], -1, -1)
        heads, width = self.block.heads, self.block.head_dim
        empty = made[:, None, :0, :1].expand(-1, heads, -1, width)
        return torch.zeros_like(source), source, start, *([empty] * (2 * len(self.block.blocks)))


class Step(nn.Module):
    """Map one patch back."""

    def __init__(self, block: FlowBlock) -> None:
        super().__init__()
        self.block = block

    def forward(self, i: Tensor, made: Tensor, source: Tensor, before: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        """The state before place i to the state after it."""
        *caches, label = rest
        x, kept = self.block.invert_next(i, source.index_select(1, i.reshape(1)), before, caches, label)
        here = (torch.arange(made.shape[1], device=made.device) == i)[:, None]
        return torch.where(here, x, made), source, self.block.embed(2.0 * x - 1.0), *kept


class Finish(nn.Module):
    """Patches to the item."""

    def __init__(self, net: TransformerFlow) -> None:
        super().__init__()
        self.net = net

    def forward(self, made: Tensor, *rest: Tensor) -> Tensor:
        """Patches (N, P, D) in [0, 1], in the first block's order, to items (N, C, H, W) in [-1, 1]."""
        item = self.net.patches.join(made.index_select(1, self.net.flow_blocks()[0].places))
        return from_unit(item).to(torch.float32)


def stages_of(blocks: Sequence[FlowBlock]) -> list[Stage]:
    """One loop over the patches for each block, the last block first."""
    stages: list[Stage] = []
    before: FlowBlock | None = None
    for block in reversed(blocks):
        stages.append(Stage(Step(block), trip=len(block.places), enter=Enter(block, before)))
        before = block
    return stages


def run_stages(net: TransformerFlow, u: Tensor, label: Tensor) -> Tensor:
    """Uniform noise (B, C, H, W) and labels (B,) to items in [0, 1]: the flow's inverse, by the sampler's steps."""
    state: tuple[Tensor, ...] = (net.patches.split(u),)
    for stage in stages_of(net.flow_blocks()):
        assert stage.enter is not None
        state = stage.enter(*state, label)
        for i in range(net.patches.count):
            state = stage.step(torch.tensor(i, device=u.device), *state, label)
    return net.patches.join(state[0].index_select(1, net.flow_blocks()[0].places))
