"""How likely a model held each token of a text: the question to the sampler service, and its answer."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["TokenLikelihood", "TokenQuestion"]

_Token = Annotated[int, Field(ge=0)]
_Probability = Annotated[float, Field(ge=0.0, le=1.0 + 1e-4)]


class TokenQuestion(BaseModel):
    """A text, and what it was made from.

    Attributes:
        tokens: The text as stored, (L,).
        label: Its class, -1 for any.
        source: Its source as stored, (S,); None for a model without.
    """

    model_config = ConfigDict(frozen=True)

    tokens: tuple[int, ...]
    label: int = -1
    source: tuple[int, ...] | None = None


class TokenLikelihood(BaseModel):
    """One token of a text.

    Attributes:
        probability: What the model gave it, in view of what stands before it, at a temperature of 1.
        likeliest: The tokens that were likeliest at this place, the first most, and the probability of each.
    """

    model_config = ConfigDict(frozen=True)

    probability: _Probability
    likeliest: tuple[tuple[_Token, _Probability], ...]
