"""One column of a table: what its cells are, and how they become the numbers of a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from studio.core.bounded import Name

__all__ = ["MOST_CATEGORIES", "Column", "ColumnKind", "named_columns", "rises"]

MOST_CATEGORIES = 1000
_MOST_KNOTS = 257
# What a table holds as numbers of float32 is whole up to here.
_EXACT = 2.0**24

ColumnKind = Literal["number", "whole", "category", "boolean", "date"]
_Number = Annotated[float, Field(ge=-3.4e38, le=3.4e38, allow_inf_nan=False)]


def rises(low: float, high: float) -> bool:
    """Whether two numbers are so far apart that 32 bits hold the slope between them."""
    step = float(np.float32(high)) - float(np.float32(low))
    return step > 1e-30 and step > 1e-6 * max(abs(low), abs(high))


class Column(BaseModel):
    """One column, whose cells are one float32 each: a number, the code of a category, or NaN where it is missing.

    Attributes:
        name: Its name.
        kind: ``number`` for any number, ``whole`` for whole ones; ``date`` for days, with the time of day as their
            part, since ``origin``; ``category`` and ``boolean`` for codes of ``categories``.
        knots: Of numbers and dates, rising values between which equally many rows of the training split lie, about;
            they are the map between the column and the view, so that a run is exported without its data set.
        step: Of numbers and dates, what every value is a multiple of, such as 0.01; 0 where values are any.
        categories: Names of the categories, in the order of their codes; of a boolean those of no and of yes.
        missing: Whether cells may be missing.
        origin: Of dates, the day that is 0, as YYYY-MM-DD.
    """

    model_config = ConfigDict(frozen=True)

    name: Name
    kind: ColumnKind = "number"
    knots: Annotated[tuple[_Number, ...], Field(max_length=_MOST_KNOTS)] = ()
    step: float = Field(0.0, ge=0.0, le=_EXACT, allow_inf_nan=False)
    categories: Annotated[tuple[Name, ...], Field(max_length=MOST_CATEGORIES)] = ()
    missing: bool = False
    origin: Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""

    @model_validator(mode="after")
    def _check(self) -> Column:
        if self.is_coded:
            least = 2 if self.kind == "boolean" else 1
            if len(self.categories) < least or self.knots:
                raise ValueError(f"'{self.name}' is a {self.kind} and has {least} or more categories and no knots")
            if len(set(self.categories)) < len(self.categories):
                raise ValueError(f"the categories of '{self.name}' are not all different")
        elif self.categories:
            raise ValueError(f"'{self.name}' is a {self.kind} and has no categories")
        if len(self.knots) == 1 or any(not rises(low, high) for low, high in pairwise(self.knots)):
            raise ValueError(f"the knots of '{self.name}' are not two or more values that rise")
        if (self.kind == "date") != bool(self.origin):
            raise ValueError(f"'{self.name}' is a date if it has an origin, and only then")
        return self

    @property
    def is_coded(self) -> bool:
        """Whether its numbers are codes of categories."""
        return self.kind in ("category", "boolean")

    @property
    def span(self) -> tuple[float, float]:
        """Lowest and highest value of the training split, or codes; (0, 1) where that is not known."""
        if self.is_coded:
            return 0.0, float(len(self.categories) - 1)
        return (self.knots[0], self.knots[-1]) if self.knots else (0.0, 1.0)


def named_columns(document: Any) -> Any:
    """A document whose columns are names with their knots beside them, as those of before are, as one of columns.

    Raises:
        ValueError: If the knots are not one row for each name.
    """
    columns = document.get("columns") if isinstance(document, Mapping) else None
    if not isinstance(columns, Sequence) or not any(isinstance(one, str) for one in columns):
        return document
    knots = document.get("knots") or ((),) * len(columns)
    if not isinstance(knots, Sequence) or len(knots) != len(columns):
        raise ValueError("every column has its knots")
    return {**document, "columns": [{"name": name, "knots": row} for name, row in zip(columns, knots, strict=True)]}
