"""Samples texts by masked diffusion: first the length, then the tokens in an order by chance, some at every step."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from studio.api import Tokens, Trained, given_input, noise_input, steps_input, temperature_input
from studio.nn import Sampler, Stage
from studio_diffusion.masked import MaskedText

__all__ = ["MaskedFinish", "MaskedInit", "MaskedLogits", "MaskedStep", "masked_sampler_of"]

_GIVEN = (
    "Known tokens of the text; -1 = free. The others are drawn given them all; where the end is known, the text is as "
    "long as that."
)


class MaskedInit(nn.Module):
    """The inputs to the masked text and the constants of the loop.

    Args:
        model: The model.
    """

    def __init__(self, model: MaskedText) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        drawn_length: Tensor,
        order: Tensor,
        symbols: Tensor,
        given: Tensor,
        steps: Tensor,
        temperature: Tensor,
        *label: Tensor,
    ) -> tuple[Tensor, ...]:
        """Uniform numbers (N, 1), (N, L) and (N, L), known tokens (N, L), steps, temperature, labels (N,).

        Returns:
            State: tokens (N, L), what is masked as such. Constants: places of the text (N, L), the step at which each
            is drawn as a share of all (N, L), the numbers that draw them, steps, temperature, labels.
        """
        model = self.model
        label_of = label[0] if label else torch.full_like(given[:, 0], -1)
        length = self._length(drawn_length, given, label_of)
        places = torch.arange(given.shape[1], device=given.device)
        inside = places < length
        free = inside & (given < 0)
        tokens = torch.where(inside, torch.where(free, model.mask, given.clamp(0, model.end - 1)), model.end)
        # Of the free ones, by their numbers of the order.
        ordered = torch.where(free, order, 2.0)
        rank = (ordered[:, :, None] > ordered[:, None, :]).to(torch.float32).sum(2)
        turn = (rank + 0.5) / free.to(torch.float32).sum(1, keepdim=True).clamp(min=1.0)
        return tokens, inside, turn, symbols, steps, temperature, label_of

    def _length(self, drawn: Tensor, given: Tensor, label: Tensor) -> Tensor:
        """Tokens of each text, int64 (N, 1): up to the end that is known, else drawn of those that hold what is."""
        places = torch.arange(given.shape[1], device=given.device)
        longest = given.shape[1]
        told = given == self.model.end
        ends = torch.where(told, places, longest).amin(1, keepdim=True)
        known = (given >= 0) & (given < self.model.end) & (places < ends)
        least = torch.where(known, places + 1, 0).amax(1, keepdim=True)
        shares = self.model.shares(label)
        counts = torch.arange(longest + 1, device=given.device)
        possible = torch.where(counts >= least, shares, 0.0)
        cumulative = possible.cumsum(1)
        length = (cumulative <= drawn * cumulative[:, longest:]).sum(1, keepdim=True)
        return torch.where(ends < longest, ends, length.clamp(max=longest))


class MaskedStep(nn.Module):
    """Draw the masked tokens whose turn it is.

    Args:
        model: The model.
    """

    def __init__(self, model: MaskedText) -> None:
        super().__init__()
        self.model = model

    def forward(self, i: Tensor, tokens: Tensor, *constants: Tensor) -> Tensor:
        """The tokens before step i to those after it."""
        inside, turn, symbols, steps, temperature, label = constants
        model = self.model
        logits = _logits(model, tokens, label, inside)
        due = (i.reshape(1).to(torch.float32) + 1.0) / steps.reshape(1).to(torch.float32)
        drawn = _draw(logits, symbols, temperature)
        here = (tokens == model.mask) & (turn <= due)
        return torch.where(here, drawn, tokens)


def _logits(model: MaskedText, tokens: Tensor, label: Tensor, inside: Tensor) -> Tensor:
    """Logits of the tokens at each place, (N, L, V), given those (N, L) that are inside of the texts."""
    # An empty text has no place to look at.
    seen = inside | (inside.to(torch.int64).sum(1, keepdim=True) == 0)
    return model.net(tokens, label, seen).float()[:, :, : model.end]


def _draw(logits: Tensor, uniform: Tensor, temperature: Tensor) -> Tensor:
    """Draw a symbol for each place by inverting its cumulative distribution; temperature 0 takes the likeliest.

    A sum of thousands of terms would lose the rarest symbols in float32, and with them entropy.
    """
    probability = torch.softmax(logits / temperature.clamp(min=1e-4), dim=2)
    cumulative = torch.cumsum(probability.double(), dim=2)
    drawn = (cumulative <= (uniform.double() * cumulative[:, :, -1])[:, :, None]).sum(2)
    return torch.where(temperature > 0.0, drawn.clamp(max=logits.shape[2] - 1), probability.argmax(2))


class MaskedFinish(nn.Module):
    """The tokens are the item."""

    def forward(self, tokens: Tensor, *rest: Tensor) -> Tensor:
        """Symbols (N, L)."""
        return tokens


class MaskedLogits(nn.Module):
    """The logits given all tokens that were drawn; places behind the text count nothing.

    Args:
        model: The model.
    """

    def __init__(self, model: MaskedText) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Tensor, inside: Tensor, *rest: Tensor) -> Tensor:
        """Logits (N, L, V)."""
        return torch.where(inside[:, :, None], _logits(self.model, tokens, rest[-1], inside), 0.0)


def masked_sampler_of(trained: Trained, model: MaskedText) -> Sampler:
    """The sampler of a model of texts."""
    codec = trained.codec(Tokens())
    (length,) = codec.shape
    inputs = [
        noise_input((1,), "noise.length", "uniform"),
        noise_input((length,), "noise.order", "uniform"),
        noise_input((length,), "noise.symbols", "uniform"),
        given_input(trained.spec, _GIVEN),
        steps_input(trained.settings.sample_steps),
        temperature_input(),
        *trained.label_inputs(),
    ]
    stages = [Stage(MaskedStep(model), trip="steps")]
    return Sampler(
        inputs, MaskedInit(model), MaskedFinish(), codec, stages, num_state=1, opset=23, certified=MaskedLogits(model)
    )
