"""The codec of texts: the numbers of tokens are the symbols, and one more stands for the end."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from studio.core.manifest import Input
from studio.core.modality import TextSpec
from studio.core.spec import Tokens

__all__ = ["TextCodec", "by_length", "until_end"]


class TextCodec(nn.Module):
    """Texts int16 (N, L) as symbols int64 (N, L).

    Args:
        spec: The tokenizer and the length.
        view: The view; nothing of it is chosen for texts.

    Attributes:
        shape: (L,).
        vocab_size: Number V of symbols, the end counted.
        end: The symbol that a text ends with, the last.
        patterns: Each symbol as what is known of it, int64 (V, 1).
        token_bytes: Bytes of UTF-8 that each symbol stands for, float32 (V,).
        rounds: Whether a last bit may change a value, as with every symbol.
    """

    tolerance = 1e-4
    rounds = True
    levels = 0

    def __init__(self, spec: TextSpec, view: Tokens) -> None:
        super().__init__()
        self.shape: tuple[int, ...] = spec.shape
        self.dims = spec.shape[0]
        self.end = spec.end
        self.vocab_size = spec.end + 1
        self.register_buffer("patterns", torch.arange(self.vocab_size)[:, None], persistent=False)
        self.patterns: Tensor
        self.register_buffer("token_bytes", torch.from_numpy(spec.token_bytes).float(), persistent=False)
        self.token_bytes: Tensor

    @property
    def likelihood_protocol(self) -> str:
        """What a likelihood of this view is a likelihood of, in words."""
        return f"probability of a text and its end, in tokens of {self.end:,}"

    def noise_inputs(self) -> list[Input]:
        """None: the view is not random."""
        return []

    def encode(self, items: Tensor, noise: Tensor | None = None) -> Tensor:
        """Texts int16 (N, L) to symbols int64 (N, L)."""
        return items.long()

    def encode_known(self, given: Tensor) -> Tensor:
        """Known tokens int64 (N, L), -1 where free, to what is known of symbols, int64 (N, L, 1)."""
        return given.unsqueeze(2)

    def log_det(self, items: Tensor) -> Tensor:
        """Zero: symbols are the items, (N,)."""
        return torch.zeros(items.shape[:1], device=items.device)

    def bytes_of(self, tokens: Tensor) -> Tensor:
        """Bytes of UTF-8 of each text, float32 (N,), for symbols (N, L)."""
        return self.token_bytes[torch.where(until_end(tokens, self.end), tokens, self.end)].sum(1)

    def decode(self, view: Tensor) -> Tensor:
        """Symbols as they are."""
        return view

    def settle(self, decoded: Tensor) -> Tensor:
        """Symbols int64 (N, L) to texts int16 (N, L): nothing stands behind the end."""
        return torch.where(until_end(decoded, self.end), decoded, self.end).to(torch.int16)


def until_end(tokens: Tensor, end: int) -> Tensor:
    """Which symbols of texts (N, L) belong to them, their first end counted; bool (N, L)."""
    ended = (tokens == end).long()
    return ended.cumsum(1) - ended == 0


def by_length(tokens: Tensor, end: int, groups: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Part texts (N, L) into groups of like length: their places among all, and the texts up to the longest's end."""
    lengths = until_end(tokens, end).sum(1)
    for rows in lengths.argsort().chunk(groups):
        yield rows, tokens[rows, : int(lengths[rows].max())]
