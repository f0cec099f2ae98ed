"""Counts the different values of a column while there are few of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from studio.core.modality.column import MOST_CATEGORIES

__all__ = ["Distinct"]

V = TypeVar("V", str, float)


class Distinct(Generic[V]):
    """The different values so far, and how often each was there, up to as many as a column may have categories.

    Attributes:
        counts: Each value with its number; empty once there were more.
        is_full: Whether there were more.
    """

    def __init__(self) -> None:
        self.counts: dict[V, int] = {}
        self.is_full = False

    def add(self, number: int, values: Callable[[], Iterable[V]], counts: Callable[[], Iterable[int]]) -> None:
        """Take in so many different values, and how often each is there; they are asked for where they are few."""
        if not self.is_full and number <= MOST_CATEGORIES:
            for value, count in zip(values(), counts(), strict=True):
                self.counts[value] = self.counts.get(value, 0) + count
        if number > MOST_CATEGORIES or len(self.counts) > MOST_CATEGORIES:
            self.is_full = True
            self.counts = {}

    @property
    def number(self) -> int:
        """How many there are; one more than a column may have categories for any number above."""
        return MOST_CATEGORIES + 1 if self.is_full else len(self.counts)
