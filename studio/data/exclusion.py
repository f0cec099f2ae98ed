"""Which items of a data set are left out of another one, as people write it and as it travels to the process."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.core.bounded import LONGEST_NAME
from studio.core.errors import SettingsError
from studio.core.words import number_of

__all__ = ["ExclusionRequest", "name_without", "numbers_of", "ranges_of", "read_numbers", "repeats_of"]

Numbers = npt.NDArray[np.int64]
_Number = Annotated[int, Field(ge=0, lt=2**53)]


class ExclusionRequest(BaseModel):
    """A data set to be made of another one without some of its items.

    Attributes:
        workspace: The workspace of both.
        dataset: Id of the one that there is.
        ranges: The items that are left out: the first and the last number of each range.
        name: Name of the new one; None to make one from that of the other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    workspace: Path
    dataset: Annotated[str, Field(min_length=1)]
    ranges: tuple[tuple[_Number, _Number], ...]
    name: str | None = None

    def to_json(self) -> str:
        """The request as ASCII JSON."""
        return json.dumps(self.model_dump(mode="json"))

    @classmethod
    def from_json(cls, text: str | bytes) -> ExclusionRequest:
        """Read a request.

        Raises:
            SettingsError: If it is not one.
        """
        try:
            return cls.model_validate(json.loads(text))
        except (ValidationError, ValueError, RecursionError):
            raise SettingsError("The data set cannot be made: its request is damaged.") from None


def ranges_of(numbers: npt.ArrayLike) -> tuple[tuple[int, int], ...]:
    """Numbers of items, in any order, as the first and the last of each range, ascending."""
    rising = np.unique(np.asarray(numbers, np.int64))
    if not len(rising):
        return ()
    breaks = np.flatnonzero(np.diff(rising) > 1)
    firsts, lasts = rising[np.append(0, breaks + 1)], rising[np.append(breaks, len(rising) - 1)]
    return tuple(zip(firsts.tolist(), lasts.tolist(), strict=True))


def numbers_of(ranges: Sequence[tuple[int, int]], count: int) -> Numbers:
    """The numbers that ranges hold, ascending.

    Args:
        ranges: The first and the last number of each.
        count: Number N of items that there are.

    Raises:
        SettingsError: If one is not of 0 to N - 1, or a range falls.
    """
    chosen = np.zeros(count, np.bool_)
    for first, last in ranges:
        if first > last:
            raise SettingsError(f"{first}-{last} is no range: write the smaller number first.")
        if last >= count:
            raise SettingsError(f"There is no item {last}: they are numbered from 0 to {count - 1}.")
        chosen[first : last + 1] = True
    return np.flatnonzero(chosen).astype(np.int64, copy=False)


def read_numbers(words: Sequence[str], count: int) -> Numbers:
    """Numbers of items as people write them, such as ``17 100-120``, ascending.

    Args:
        words: Numbers and ranges.
        count: Number N of items that there are.

    Raises:
        SettingsError: If a word is neither, or a number is not of 0 to N - 1.
    """
    ranges = []
    for word in words:
        found = re.fullmatch(r"#?(\d{1,15})(?:-#?(\d{1,15}))?", word.strip(), re.ASCII)
        if found is None:
            raise SettingsError(f"'{word}' is no number of an item; write numbers and ranges such as 17 100-120.")
        ranges.append((int(found[1]), int(found[2] or found[1])))
    return numbers_of(ranges, count)


def repeats_of(first: Numbers, excluded: npt.NDArray[np.bool_]) -> Numbers:
    """The items to leave out so that one of each group stays: its first that is not left out already.

    Args:
        first: For each item the first one of its group, itself where it repeats none, shape (N,).
        excluded: Which items are left out already, shape (N,).
    """
    there = np.flatnonzero(~excluded)
    _, leaders = np.unique(first[there], return_index=True)
    stay = np.zeros(len(there), np.bool_)
    stay[leaders] = True
    return there[~stay].astype(np.int64, copy=False)


def name_without(name: str, left_out: int, noun: str) -> str:
    """A name for what is left of a data set, such as ``digits without 12 images``."""
    ending = f" without {number_of(left_out, noun)}"
    return name[: LONGEST_NAME - len(ending)].rstrip() + ending
