"""Types of numbers and names in documents: whatever a file claims, it can be shown and computed."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import AfterValidator, Field

__all__ = ["LATEST", "LONGEST_NAME", "Count", "Duration", "Moment", "Name", "Rate", "Shape", "Text"]

_LARGEST_ITEM = 2**31
LATEST = 2.5e11
# What a person may call something, in characters.
LONGEST_NAME = 500

# Steps, items, bytes: whole, exact in a float, and small enough for a 64-bit integer of any library.
Count = Annotated[int, Field(ge=0, le=2**53)]
# Seconds that something took: up to three thousand years.
Duration = Annotated[float, Field(ge=0, le=1e11, allow_inf_nan=False)]
# Seconds since 1970, up to the last year that a calendar can print.
Moment = Annotated[float, Field(ge=0, le=LATEST, allow_inf_nan=False)]
# Of something in a second.
Rate = Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]
Name = Annotated[str, Field(max_length=10_000)]
Text = Annotated[str, Field(max_length=1_000_000)]


def _fits(shape: tuple[int, ...]) -> tuple[int, ...]:
    if math.prod(shape) > _LARGEST_ITEM:
        raise ValueError(f"has more than {_LARGEST_ITEM:,} values")
    return shape


# Of one item.
Shape = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(max_length=8), AfterValidator(_fits)]
