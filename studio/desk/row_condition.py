"""Conditions on a column of a table: what they let pass, how a person writes them, and their words."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.core.errors import SettingsError
from studio.core.modality import Column
from studio.core.words import one_line

__all__ = ["Among", "Between", "Condition", "Missing", "is_condition", "read_condition"]

_OPERATOR = re.compile(r"<=|>=|!=|<>|==|[=<>≤≥≠]")
_MEANS = {"==": "=", "≤": "<=", "≥": ">=", "≠": "!=", "<>": "!="}
_MOST_NAMED = 3
_MOST_COLUMNS = 8
_LONGEST = 40
_GONE = "missing"

Values = npt.NDArray[np.float32]
Passing = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Between:
    """Numbers and dates within bounds, in the units of their column.

    Attributes:
        low: The lower bound; -inf for none.
        high: The upper bound; inf for none.
        with_low: Whether the lower bound itself passes.
        with_high: Whether the upper bound itself passes.
    """

    low: float = -math.inf
    high: float = math.inf
    with_low: bool = True
    with_high: bool = True

    def passes(self, column: Column, values: Values) -> Passing:
        """Whether each passes, (N,); what is missing does not."""
        if column.step:
            numbers = column.rounded(values)
            low, high = self.low, self.high
        else:
            # As the column holds them: 0.1 is none of its numbers else.
            numbers = values.astype(np.float64)
            low, high = (float(np.float32(bound)) for bound in (self.low, self.high))
        above = numbers >= low if self.with_low else numbers > low
        below = numbers <= high if self.with_high else numbers < high
        return above & below & ~np.isnan(numbers)

    def words(self, column: Column, name: str, negated: bool) -> str:
        """What is asked, such as ``1000 ≤ price < 2000``."""
        low, high = column.words([self.low, self.high])
        if self.low == self.high:
            return f"{name} {'≠' if negated else '='} {low}"
        if math.isinf(self.low):
            text = f"{name} {'≤' if self.with_high else '<'} {high}"
        elif math.isinf(self.high):
            text = f"{name} {'≥' if self.with_low else '>'} {low}"
        else:
            text = f"{low} {'≤' if self.with_low else '<'} {name} {'≤' if self.with_high else '<'} {high}"
        return f"not {text}" if negated else text


@dataclass(frozen=True)
class Among:
    """Some categories, by their codes."""

    codes: tuple[int, ...]

    def passes(self, column: Column, values: Values) -> Passing:
        """Whether each passes, (N,); what is missing does not."""
        known = ~np.isnan(values)
        codes = np.rint(np.where(known, values, -1)).astype(np.int64)
        return known & np.isin(codes, self.codes)

    def words(self, column: Column, name: str, negated: bool) -> str:
        """What is asked, such as ``cut = Ideal``."""
        names = [one_line(column.categories[code])[:_LONGEST] for code in self.codes[:_MOST_NAMED]]
        many = len(self.codes) > _MOST_NAMED
        return f"{name} {'≠' if negated else '='} {f'one of {len(self.codes)}' if many else ' or '.join(names)}"


@dataclass(frozen=True)
class Missing:
    """Cells without a value."""

    def passes(self, column: Column, values: Values) -> Passing:
        """Whether each passes, (N,)."""
        return np.isnan(values)

    def words(self, column: Column, name: str, negated: bool) -> str:
        """What is asked."""
        return f"{name} is {'not ' if negated else ''}missing"


@dataclass(frozen=True)
class Condition:
    """What is asked of the cells of one column.

    Attributes:
        place: Place of the column.
        test: What is asked of a cell.
        negated: Whether all others pass, also those that are missing where the test is of values.
    """

    place: int
    test: Between | Among | Missing
    negated: bool = False

    def passes(self, column: Column, values: Values) -> Passing:
        """Whether each value of the column passes, (N,)."""
        found = self.test.passes(column, values)
        return ~found if self.negated else found

    def words(self, column: Column) -> str:
        """What it asks, in one line."""
        return self.test.words(column, one_line(column.name)[:_LONGEST], self.negated)


def is_condition(text: str) -> bool:
    """Whether a text for the search asks something of a column, right or wrong."""
    return _OPERATOR.search(text) is not None


def read_condition(text: str, columns: Sequence[Column]) -> Condition:
    """Read a condition as a person writes it, such as ``price > 1000``, ``cut = Ideal`` or ``carat = missing``.

    Raises:
        SettingsError: If it cannot be understood: why, as one sentence.
    """
    first = None
    # A name may hold such a sign itself.
    for found in _OPERATOR.finditer(text):
        first = first or found
        place = _column(text[: found.start()], columns)
        if place is not None:
            sign = _MEANS.get(found.group(), found.group())
            return _condition(place, columns[place], sign, text[found.end() :].strip())
    name = one_line(text[: first.start()] if first is not None else text)[:_LONGEST]
    names = [one_line(column.name)[:_LONGEST] for column in columns]
    shown = ", ".join(names[:_MOST_COLUMNS]) + (", ..." if len(names) > _MOST_COLUMNS else "")
    if not name:
        raise SettingsError(f"Write the name of a column first; they are {shown}.")
    raise SettingsError(f"No column is called '{name}'; they are {shown}.")


def _column(name: str, columns: Sequence[Column]) -> int | None:
    name = one_line(name)
    names = [one_line(column.name) for column in columns]
    if name in names:
        return names.index(name)
    alike = [place for place, other in enumerate(names) if other.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else None


def _condition(place: int, column: Column, sign: str, word: str) -> Condition:
    name = one_line(column.name)[:_LONGEST]
    if not word:
        example = column.categories[0] if column.is_coded else column.words([column.span[0]])[0]
        raise SettingsError(f"Write a value after '{name} {sign}', such as {one_line(example)[:_LONGEST]}.")
    equal = sign in ("=", "!=")
    if word.casefold() == _GONE and _GONE not in map(str.casefold, column.categories):
        if not equal:
            raise SettingsError(f"What is missing has no order; write '{name} = missing'.")
        return Condition(place, Missing(), sign == "!=")
    if column.is_coded:
        if not equal:
            raise SettingsError(f"'{name}' has categories, which have no order; write '{name} = ...'.")
        return Condition(place, Among((int(column.number(word)),)), sign == "!=")
    # Not rounded to the column's step: more than 0.235 begins at 0.24.
    number = column.model_copy(update={"step": 0.0}).number(word)
    if equal:
        whole_day = column.kind == "date" and column.step < 1.0 and ":" not in word
        test = Between(number, number + 1.0, with_high=False) if whole_day else Between(number, number)
        return Condition(place, test, sign == "!=")
    if sign.startswith("<"):
        return Condition(place, Between(high=number, with_high=sign == "<="))
    return Condition(place, Between(low=number, with_low=sign == ">="))
