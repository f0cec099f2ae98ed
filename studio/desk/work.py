"""How what knows nothing of Qt has work done in threads and hears from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

__all__ = ["Crossing", "Worker"]

T = TypeVar("T")


class Crossing(Protocol):
    """Makes functions that any thread may call of functions that are called on one thread only."""

    def __call__(self, receive: Callable[[T], None], /) -> Callable[[T], None]:
        """The function for threads; calls arrive in their order, and none once nobody is there to be told."""


class Worker(Protocol):
    """Threads for what takes longer than a frame; answers come on the thread that asked."""

    def run(
        self,
        work: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        alone: bool = False,
    ) -> None:
        """Run work in a thread.

        Args:
            work: Called in a thread.
            then: Called with the result.
            failed: Called with what the work raised; without it the window shows the error.
            alone: In a thread of its own, as what may take minutes holds up nothing else.
        """

    def receiver(self, receive: Callable[[T], None]) -> Callable[[T], None]:
        """A ``Crossing``."""
