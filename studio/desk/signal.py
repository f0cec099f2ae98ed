"""Tells whoever wants to know that something happened, as Qt's signals do, without Qt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVarTuple

__all__ = ["Signal"]

Ts = TypeVarTuple("Ts")


class Signal(Generic[*Ts]):
    """Something that happens; those connected are called on the thread that tells it, in the order they came."""

    def __init__(self) -> None:
        self._receivers: list[Callable[[*Ts], object]] = []

    def connect(self, receive: Callable[[*Ts], object]) -> None:
        """Call a function from now on."""
        self._receivers.append(receive)

    def emit(self, *values: *Ts) -> None:
        """Tell that it happened."""
        for receive in list(self._receivers):
            receive(*values)
