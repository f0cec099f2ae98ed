"""Translations by a file: the source is encoded once, then the translation is drawn token by token, or searched."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from studio.nn import HearingTokenStep, Sampler, Stage, TokenInit, token_state
from studio_autoregressive.beam_search import (
    BeamEnter,
    BeamFinish,
    BeamLogits,
    BeamStep,
    NotDrawn,
    NotSearched,
    beam_state,
)
from studio_autoregressive.translator import Translator

__all__ = ["TextInit", "translating"]


class TextInit(nn.Module):
    """The inputs to the state before the first token and the constants of the loop, the encoded source first.

    Args:
        net: The transformer.
        codec: Turns items into symbols.
    """

    def __init__(self, net: Translator, codec: Any) -> None:
        super().__init__()
        self.net = net
        self.codec = codec
        self.begin = TokenInit(net.decoder, codec, end=codec.end)

    def forward(
        self,
        noise: Tensor,
        temperature: Tensor,
        top_k: Tensor,
        top_p: Tensor,
        given: Tensor,
        source: Tensor,
        *label: Tensor,
    ) -> tuple[Tensor, ...]:
        """As ``TokenInit``, with sources (N, S) behind what is known; see ``TokenStep`` for what it gives."""
        memory, mask = self.net.encode(self.codec.encode(source))
        # Copies: the capture of a step would look at what a view is a part of.
        heard = [tensor.clone() for cache in self.net.decoder.remember(memory) for tensor in cache]
        values = self.begin(noise, temperature, top_k, top_p, given, *label)
        count = token_state(self.net.decoder)
        return *values[:count], *heard, mask, *values[count:]


def translating(net: Translator, codec: Any, inputs: list[Any]) -> Sampler:
    """The sampler of pairs: a loop that draws, and one that searches.

    Args:
        net: The translator.
        codec: Turns items into symbols.
        inputs: Those of ``TextInit``, in its order, the numbers of beams and of tokens last.
    """
    decoder, end = net.decoder, codec.end
    heard, drawn, searched = 2 * len(decoder.blocks) + 1, token_state(decoder), beam_state(decoder)
    draw = Stage(HearingTokenStep(decoder, codec.patterns, end), "length", until=NotDrawn(heard, drawn, end))
    over = NotSearched(heard, searched, end)
    search = Stage(BeamStep(decoder, codec.patterns, end), "length", BeamEnter(decoder, end), over)
    init, finish = TextInit(net, codec), BeamFinish(decoder)
    return Sampler(inputs, init, finish, codec, [draw, search], num_state=drawn, opset=23, certified=BeamLogits())
