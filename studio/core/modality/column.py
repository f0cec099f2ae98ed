"""One column of a table: what its cells are, and how they become the numbers of a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

from studio.core.bounded import Name
from studio.core.errors import SettingsError
from studio.core.modality.day import day_words, read_day

__all__ = ["MOST_CATEGORIES", "Column", "ColumnKind", "named_columns", "rises"]

MOST_CATEGORIES = 1000
_MOST_KNOTS = 257
# What a table holds as numbers of float32 is whole up to here.
_EXACT = 2.0**24
_LARGEST = 3.4e38
_MOST_DECIMALS = 7
_MOST_SHOWN = 8

ColumnKind = Literal["number", "whole", "category", "boolean", "date"]
_Number = Annotated[float, Field(ge=-3.4e38, le=3.4e38, allow_inf_nan=False)]
_Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
# Shares nearer to one another than this would leave nothing of the view between two knots.
_NEAREST = 1e-7


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
        knots: Of numbers and dates, rising quantiles of the training split; with their shares they are the map between
            the column and the view, so that a run is exported without its data set.
        shares: Share of those rows that lie below each knot, rising from 0 to 1; evenly spaced where there are none.
        step: Of numbers and dates, what every value is a multiple of, such as 0.01; 0 where values are any.
        categories: Names of the categories, in the order of their codes; of a boolean those of no and of yes.
        missing: Whether cells may be missing.
        origin: Of dates, the day that is 0, as YYYY-MM-DD.
    """

    model_config = ConfigDict(frozen=True)

    name: Name
    kind: ColumnKind = "number"
    knots: Annotated[tuple[_Number, ...], Field(max_length=_MOST_KNOTS)] = ()
    shares: Annotated[tuple[_Share, ...], Field(max_length=_MOST_KNOTS)] = ()
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
        if self.shares:
            apart = all(high - low >= _NEAREST for low, high in pairwise(self.shares))
            if len(self.shares) != len(self.knots) or not apart or (self.shares[0], self.shares[-1]) != (0.0, 1.0):
                raise ValueError(f"the shares of '{self.name}' do not rise from 0 to 1, one for each knot")
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

    @property
    def decimals(self) -> int | None:
        """Decimals with which its numbers are written; None where they are any numbers."""
        if not self.step:
            return None
        return next(
            (k for k in range(_MOST_DECIMALS) if abs(self.step * 10**k - round(self.step * 10**k)) < 1e-6), None
        )

    def rounded(self, values: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Numbers in its units (N,) to multiples of its step, as the float64 next to the decimal ones."""
        numbers = np.asarray(values).astype(np.float64)
        if not self.step:
            return numbers
        # Divided by 100 rather than multiplied with 0.01.
        per = np.rint(1.0 / self.step) if self.step < 1.0 else 1.0
        unit = self.step if self.step >= 1.0 else 1.0
        return np.rint(numbers * per / unit) * unit / per + 0.0

    def words(self, values: npt.ArrayLike) -> list[str]:
        """Cells as a person reads them; nothing in a cell that is missing.

        Args:
            values: Numbers in its units, codes, or days since its origin, (N,), NaN where one is missing.

        Returns:
            N words: names of categories, whole numbers whole, as many decimals as the step has, dates as ISO 8601 has
            them. They are as they are: who writes a table guards them against being computed.
        """
        numbers = np.asarray(values, np.float32)
        there = np.isfinite(numbers)
        known = np.where(there, numbers, 0.0)
        if self.is_coded:
            codes = np.clip(np.rint(known), 0, len(self.categories) - 1).astype(np.int64)
            found = [self.categories[code] for code in codes.tolist()]
        elif self.kind == "date":
            found = day_words(known, self.origin, self.step >= 1.0, max(map(abs, self.span)))
        elif self.kind == "whole" or (decimals := self.decimals) == 0:
            found = [str(int(number)) for number in np.rint(self.rounded(known)).tolist()]
        elif decimals is not None:
            found = [f"{number:.{decimals}f}" for number in self.rounded(known).tolist()]
        else:
            # As many digits as tell a number of 32 bits from its neighbours.
            found = [str(number) for number in known.astype(np.float32)]
        return [word if fine else "" for word, fine in zip(found, there.tolist(), strict=True)]

    @property
    def summary(self) -> str:
        """What its cells are, in words, such as ``number from 0.20 to 5.01``."""
        if self.is_coded:
            shown = ", ".join(self.categories[:_MOST_SHOWN]) + (", ..." if len(self.categories) > _MOST_SHOWN else "")
            text = f"{'one' if self.kind == 'boolean' else 'category'} of {len(self.categories):,}: {shown}"
        else:
            low, high = self.span
            # The outermost knots lie half a step beyond the outermost values.
            first, last = self.words([low + self.step / 2, high - self.step / 2])
            named = {"whole": "whole number", "date": "date"}.get(self.kind, "number")
            text = f"{named} from {first} to {last}" if self.knots else named
        return f"{text}; may be missing" if self.missing else text

    def number(self, word: str) -> float:
        """The number of a cell that a person writes; also a number that was never in the column.

        Raises:
            SettingsError: If the word is none of its categories, no number or no date.
        """
        word = word.strip()
        if self.is_coded:
            if word in self.categories:
                return float(self.categories.index(word))
            alike = [code for code, name in enumerate(self.categories) if name.casefold() == word.casefold()]
            if len(alike) == 1:
                return float(alike[0])
            shown = ", ".join(self.categories[:20]) + (", ..." if len(self.categories) > 20 else "")
            raise SettingsError(f"'{self.name}' is not '{word}'; it is one of {shown}.")
        if self.kind == "date":
            day = read_day(word, self.origin)
            if day is None:
                raise SettingsError(f"'{self.name}' is a date, and '{word}' is none; write it as 2026-01-31.")
            return float(self.rounded(day))
        number = _number(word)
        if number is None:
            raise SettingsError(f"'{self.name}' is a number, and '{word}' is none that can be used.")
        if self.kind == "whole" and number != round(number):
            raise SettingsError(f"'{self.name}' is a whole number, and '{word}' is none.")
        return float(self.rounded(number))


def _number(word: str) -> float | None:
    """A number as a person writes it, of 32 bits; None for another text."""
    try:
        number = float(word.replace("_", " "))
    except ValueError:
        return None
    return number if abs(number) <= _LARGEST else None


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
