"""Samples a causal transformer symbol by symbol, with a cache of keys and values.

A symbol is drawn by inverting the cumulative distribution, so that a file gives the same samples on every runtime.
``top_k`` keeps the k likeliest symbols (Fan et al. 2018, arXiv:1805.04833), ``top_p`` the smallest set of them that
holds the probability p (Holtzman et al. 2020, arXiv:1904.09751); 0 switches either off. What is given is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from studio.core.manifest import Input, noise_input, scalar_input, temperature_input
from studio.nn.causal import IMPOSSIBLE, CausalTransformer
from studio.nn.transformer import rotary_angles

__all__ = [
    "AllEnded",
    "HearingTokenStep",
    "TokenFinish",
    "TokenInit",
    "TokenLogits",
    "TokenStep",
    "agreeing",
    "draw_token",
    "token_inputs",
    "token_state",
]


def token_inputs(length: int, vocab_size: int) -> list[Input]:
    """The numbers that every such sampler takes: one uniform number a symbol, temperature, top_k and top_p."""
    return [
        noise_input((length,), distribution="uniform"),
        temperature_input(),
        scalar_input("top_k", 0, 0, vocab_size, "Keep only so many of the likeliest symbols; 0 = all.", whole=True),
        scalar_input("top_p", 0.0, 0.0, 1.0, "Keep only the likeliest symbols of this probability; 0 = all."),
    ]


def token_state(net: CausalTransformer) -> int:
    """Number of tensors in the state of the loop."""
    return 3 + 2 * len(net.blocks)


class TokenInit(nn.Module):
    """The inputs to the state before the first symbol and the constants of the loop.

    Args:
        net: The transformer.
        codec: Turns known values of items into what is known of symbols; None where nothing can be given.
        end: The symbol that a sequence ends with, and that fills it until it is drawn; None for none.
    """

    def __init__(self, net: CausalTransformer, codec: Any = None, end: int | None = None) -> None:
        super().__init__()
        self.net = net
        self.codec = codec
        self.blank = 0 if end is None else end

    def forward(
        self, noise: Tensor, temperature: Tensor, top_k: Tensor, top_p: Tensor, *others: Tensor
    ) -> tuple[Tensor, ...]:
        """Uniform numbers (N, L), the scalars, then known values (N, H, W, C) where there is a codec, labels (N,).

        Returns:
            State: the symbol before (N, 1), symbols (N, L), logits (N, V), then keys and values of each block
            (N, heads, 0, head width). Constants: the numbers, the scalars, known levels (N, L, K) where there is a
            codec, and labels.
        """
        net = self.net
        if self.codec is not None:
            others = (self.codec.encode_known(others[0]), *others[1:])
        tokens = torch.full_like(noise, self.blank, dtype=torch.int64)
        before = torch.full_like(tokens[:, :1], net.vocab_size)
        logits = (noise[:, :1] * 0.0).expand(-1, net.vocab_size)
        empty = noise[:, None, :0, None].expand(-1, net.heads, -1, net.head_dim)
        caches = [empty] * (2 * len(net.blocks))
        return before, tokens, logits, *caches, noise, temperature, top_k, top_p, *others


class TokenStep(nn.Module):
    """Draw the symbol at one place, of those that agree with what is known.

    Args:
        net: The transformer.
        patterns: Levels of the values of each symbol, int64 (V, K); None where nothing can be given.
        end: The symbol behind which only the same follows; None for none.
    """

    def __init__(self, net: CausalTransformer, patterns: Tensor | None = None, end: int | None = None) -> None:
        super().__init__()
        self.net = net
        self.end = end
        self.register_buffer("patterns", patterns, persistent=False)
        self.patterns: Tensor | None

    def forward(self, i: Tensor, before: Tensor, tokens: Tensor, logits: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        """The state before place i to the state after it."""
        count = 2 * len(self.net.blocks)
        return self.draw(i, before, tokens, rest[:count], rest[count:])

    def draw(
        self,
        i: Tensor,
        before: Tensor,
        tokens: Tensor,
        caches: Sequence[Tensor],
        constants: Sequence[Tensor],
        memory: Sequence[Tensor] = (),
        mask: Tensor | None = None,
        added: Tensor | None = None,
    ) -> tuple[Tensor, ...]:
        """The state after place i.

        Args:
            i: The place, int64 without axes.
            before: The symbol before it (N, 1).
            tokens: Symbols so far (N, L).
            caches: Keys and values of each block.
            constants: The numbers, the scalars, what is known where something can be given, and labels.
            memory: Keys and values of a memory for each block that attends to one.
            mask: Which of the memory counts, bool (N, S).
            added: What is added to the stream at this place, (N, 1, D).
        """
        net = self.net
        noise, temperature, top_k, top_p, *label = constants
        known = label.pop(0) if self.patterns is not None else None
        place = i.reshape(1)
        x = net.stream(before, place, label[0] if label else before[:, 0])
        x = x if added is None else x + added
        angles = rotary_angles(place, net.head_dim)
        kept: list[Tensor] = []
        for number, block in enumerate(net.blocks):
            before_it = caches[2 * number], caches[2 * number + 1]
            heard = (memory[2 * number], memory[2 * number + 1]) if memory else None
            x, cache = block(x, angles, cache=before_it, memory=heard, memory_mask=mask)
            kept += cache
        logits = net.head(net.norm(x))[:, 0].float()
        possible = logits
        if known is not None and self.patterns is not None:
            possible = torch.where(agreeing(known.index_select(1, place), self.patterns)[:, 0], logits, IMPOSSIBLE)
        symbol = draw_token(possible, noise.index_select(1, place), temperature, top_k, top_p)
        if self.end is not None:
            symbol = torch.where(before == self.end, before, symbol)
        here = torch.arange(tokens.shape[1], device=tokens.device) == i
        return symbol, torch.where(here, symbol, tokens), logits, *kept


class HearingTokenStep(TokenStep):
    """A step with a memory: its keys and values for each block, and its mask, are the first constants."""

    def forward(self, i: Tensor, before: Tensor, tokens: Tensor, logits: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        """The state before place i to the state after it."""
        count = 2 * len(self.net.blocks)
        caches, memory, mask, constants = rest[:count], rest[count : 2 * count], rest[2 * count], rest[2 * count + 1 :]
        return self.draw(i, before, tokens, caches, constants, memory, mask)


def draw_token(logits: Tensor, uniform: Tensor, temperature: Tensor, top_k: Tensor, top_p: Tensor) -> Tensor:
    """Draw one symbol from each row of logits.

    Args:
        logits: Logits (N, V).
        uniform: Uniform numbers in [0, 1), (N, 1).
        temperature: What the logits are divided by; 0 takes the likeliest symbol.
        top_k: Number of likeliest symbols to keep; 0 for all.
        top_p: Probability of the likeliest symbols to keep; 0 for all.

    Returns:
        Symbols, int64 (N, 1).
    """
    vocab_size = logits.shape[1]
    probability = torch.softmax(logits / temperature.clamp(min=1e-4), dim=1)
    # Only so many are put in order as can be kept: all 4,096 cost a processor more than the transformer's step.
    kept = torch.where(top_k > 0, top_k.clamp(max=vocab_size), torch.where(top_p > 0.0, vocab_size, 1))
    ordered_count = cast("int", kept.item())
    torch._check(ordered_count >= 1)
    torch._check(ordered_count <= vocab_size)
    ordered = torch.topk(probability, ordered_count, dim=1).values
    # Thresholds rather than places in the order: equal probabilities are then kept or dropped together, in any runtime.
    below = torch.cumsum(ordered, dim=1) - ordered
    inside = below < torch.where(top_p > 0.0, top_p, 2.0)
    least = torch.where(inside, ordered, 2.0).amin(dim=1, keepdim=True)
    least = torch.where((top_k > 0) | (top_p > 0.0), least, 0.0)
    probability = torch.where(probability >= least, probability, 0.0)
    cumulative = torch.cumsum(probability, dim=1)
    total = cumulative[:, vocab_size - 1 :]
    drawn = (cumulative <= uniform * total).sum(dim=1, keepdim=True).clamp(0, vocab_size - 1)
    return torch.where(temperature > 0.0, drawn, probability.argmax(dim=1, keepdim=True))


class AllEnded(nn.Module):
    """Whether every sequence of a batch has ended.

    Args:
        end: The symbol that a sequence ends with.
    """

    def __init__(self, end: int) -> None:
        super().__init__()
        self.end = end

    def forward(self, before: Tensor, *rest: Tensor) -> Tensor:
        """The state of a loop, the last symbols (N, 1) first; bool without axes."""
        return (before == self.end).all()


class TokenFinish(nn.Module):
    """The symbols are the item."""

    def forward(self, before: Tensor, tokens: Tensor, *rest: Tensor) -> Tensor:
        """Symbols (N, L)."""
        return tokens


class TokenLogits(nn.Module):
    """The logits of the last symbol, which depend on all symbols before it."""

    def forward(self, before: Tensor, tokens: Tensor, logits: Tensor, *rest: Tensor) -> Tensor:
        """Logits (N, V)."""
        return logits


def agreeing(known: Tensor, patterns: Tensor) -> Tensor:
    """Which of the patterns (V, K) agree with known levels (N, l, K), -1 where free; bool (N, l, V)."""
    levels = known.unsqueeze(2)
    return ((levels < 0) | (levels == patterns)).all(-1)
