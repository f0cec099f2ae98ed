"""What was found of one column of a table, and what it can be."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from studio.core.modality.column import MOST_CATEGORIES, ColumnKind
from studio.core.words import number_of, one_line, without_quote
from studio.data.table.finder import ColumnFinder, Dates
from studio.data.table.number_facts import NumberFacts

__all__ = ["LEFT_OUT", "FoundColumn", "found_column", "number_word"]

LEFT_OUT = "left out"

_PAIRS = (("no", "yes"), ("false", "true"), ("n", "y"), ("f", "t"), ("off", "on"), ("nein", "ja"), ("non", "oui"))
_FEW_VALUES = 2
_ENOUGH_ROWS = 200
_BAD_SHARE = 0.05
_TEXT_WORDS = 10
_COUNTED_ROWS = 10
_LONGEST_SHOWN = 30
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True)
class FoundColumn:
    """One column as it was found.

    Attributes:
        name: Its name.
        kind: What it is taken for; empty where it is left out unless the person asks.
        kinds: What it may be.
        said: What a person should know of it, a part of a sentence; empty for nothing.
        step: Of numbers, what all are multiples of.
        span: The least and the largest number, or day since 1970.
        words: Its categories as they are written, in their order; empty where there are too many.
        values: The same as numbers, where the file holds numbers.
        order: Of dates, where year, month and day stand.
        timed: Of dates, whether there is a time of day.
        empty: Number of cells with nothing in them.
        missing: Number of cells that are missing if it is of numbers or dates.
        rows: Number of rows.
    """

    name: str
    kind: ColumnKind | None
    kinds: tuple[ColumnKind, ...]
    said: str
    step: float
    span: tuple[float, float]
    words: tuple[str, ...]
    values: tuple[float, ...]
    order: str
    timed: bool
    empty: int
    missing: int
    rows: int

    @property
    def is_left_out(self) -> bool:
        """Whether it is left out unless the person asks for it."""
        return self.said.startswith(LEFT_OUT)

    @property
    def summary(self) -> str:
        """What was found in its cells, in words."""
        parts: list[str] = []
        if "date" in self.kinds:
            first, last = (str(np.datetime64(int(np.floor(day)), "D")) for day in self.span)
            parts.append(f"{first} to {last}{', with times of day' if self.timed else ''}")
        elif self.kinds[:1] == ("number",):
            low, high = (number_word(number) for number in self.span)
            steps = f" in steps of {self.step:g}" if 0.0 < self.step < 1.0 else ""
            parts.append(low if low == high else f"{low} to {high}{steps}")
        elif self.words:
            shown = ", ".join(map(_shown, self.words[:3]))
            parts.append(shown if len(self.words) <= 3 else f"{shown}, ... ({len(self.words):,} in all)")
        gone = self.missing if self.kinds[:1] in (("number",), ("date",)) else self.empty
        if gone:
            parts.append(f"{gone:,} missing")
        return "; ".join(parts)


def found_column(column: ColumnFinder, first: bool, repeats: str) -> FoundColumn:
    """What a column is taken for, from all of its cells.

    Args:
        column: Its cells.
        first: Whether it is the first of several.
        repeats: Name of an earlier column with the same cells; empty for none.
    """
    numbers = column.numbers if _are_mostly(column.numbers, column.bad) else None
    dates = None if numbers is not None else _dates_of(column)
    words, values = _categories(column)
    kinds: list[ColumnKind] = []
    if numbers is not None or (column.numbers is not None and column.numbers.fit):
        kinds += ["number", "whole"] if column.numbers is not None and column.numbers.is_whole else ["number"]
    if dates is not None:
        kinds.append("date")
    if words:
        kinds += ["category", "boolean"] if len(words) == _FEW_VALUES else ["category"]
    kind = _kind_of(column, numbers, dates, words)
    said = _said(column, numbers, words, kind, first)
    if said.startswith(LEFT_OUT):
        kind = None
    elif repeats and not said:
        said = f"the same as '{repeats}'"
    spread = dates.numbers if dates is not None else column.numbers
    return FoundColumn(
        name=column.name,
        kind=kind,
        kinds=tuple(kinds),
        said=said or _order_said(column, dates),
        step=(1.0 if not dates.timed else 0.0) if dates is not None else numbers.step if numbers is not None else 0.0,
        span=(spread.low, spread.high) if spread is not None and spread.fit else (0.0, 0.0),
        words=words,
        values=values,
        order=dates.order if dates is not None else "",
        timed=dates is not None and dates.timed,
        empty=column.empty,
        missing=column.missing,
        rows=column.rows,
    )


def _are_mostly(numbers: NumberFacts | None, bad: int) -> bool:
    """Whether cells are numbers, but for a few that will be refused."""
    if numbers is None:
        return False
    present = numbers.fit + numbers.unfit + bad
    return bad < numbers.fit + numbers.unfit and bad <= max(1.0, _BAD_SHARE * present)


def _dates_of(column: ColumnFinder) -> Dates | None:
    """The order in which most cells are dates, day before month where both do."""
    fitting = [dates for dates in column.dates if _are_mostly(dates.numbers, dates.bad)]
    return min(fitting, key=lambda dates: dates.bad, default=None)


def _categories(column: ColumnFinder) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """The different cells as words in order, and as numbers where they are no words; numbers rise."""
    if column.form == "Numbers":
        values = sorted(column.values.counts)
        return tuple(number_word(value) for value in values), tuple(values)
    words = list(column.words.counts)
    if words and all(_NUMBER.fullmatch(word) for word in words):
        return tuple(sorted(words, key=lambda word: (float(word), word))), ()
    return tuple(sorted(words, key=lambda word: (without_quote(word).casefold(), word))), ()


def _shown(word: str) -> str:
    """A word of a file for a line."""
    line = one_line(word)
    return line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}..."


def number_word(value: float) -> str:
    """A number as a person writes it: a whole one without decimals."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _boolean_order(words: tuple[str, ...]) -> bool:
    return len(words) == _FEW_VALUES and tuple(sorted(word.casefold() for word in words)) in {
        tuple(sorted(pair)) for pair in _PAIRS
    }


def _kind_of(
    column: ColumnFinder, numbers: NumberFacts | None, dates: Dates | None, words: tuple[str, ...]
) -> ColumnKind | None:
    if numbers is not None:
        whole = numbers.is_whole
        if whole and len(words) == _FEW_VALUES and column.rows >= _ENOUGH_ROWS and not column.bad:
            return "boolean" if (numbers.low, numbers.high) == (0.0, 1.0) else "category"
        return "whole" if whole else "number"
    if dates is not None:
        return "date"
    if _boolean_order(words):
        return "boolean"
    return "category" if words else None


def _said(
    column: ColumnFinder, numbers: NumberFacts | None, words: tuple[str, ...], kind: ColumnKind | None, first: bool
) -> str:
    """What a person should know of a column; begins with ``left out`` where it is so unless the person asks."""
    present = column.rows - column.empty
    if column.unread:
        return f"{LEFT_OUT}: {column.unread}"
    if column.missing == column.rows or not present:
        return f"{LEFT_OUT}: all its cells are empty"
    if numbers is not None and numbers.counts and first and column.rows >= _COUNTED_ROWS:
        return f"{LEFT_OUT}: it counts the rows"
    if kind is None:
        return f"{LEFT_OUT}: it is text, or has more than {MOST_CATEGORIES:,} different words"
    if kind == "category" and numbers is None and column.words.number:
        distinct = column.words.number
        if distinct == present > _FEW_VALUES:
            return f"{LEFT_OUT}: every row has its own word"
        if distinct > max(_TEXT_WORDS, present / 2):
            return f"{LEFT_OUT}: it has {distinct:,} different words in {number_of(present, 'row')}"
    if len(words) == 1 and not column.empty:
        return f"always {_shown(words[0])}"
    return ""


def _order_said(column: ColumnFinder, dates: Dates | None) -> str:
    """Of dates that could be read in two ways, which was taken."""
    if dates is None or len(column.dates) < 2 or len({each.bad for each in column.dates}) > 1:
        return ""
    return "read as day, month, year" if dates.order == "dmy" else "read as month, day, year"
