"""Guards overrides of Qt's virtual methods: an exception becomes a report, never the end of the process.

On Python 3.11 an exception that C code raises inside an override (``1 / 0`` in a ``paintEvent``) ends the whole process
with a segmentation fault. Caught inside the override it is harmless; it goes to ``sys.excepthook``, where exceptions of
slots and timers arrive too, and the window shows it.
"""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable
from typing import Any, TypeVar, overload

__all__ = ["guarded"]

F = TypeVar("F", bound=Callable[..., Any])


@overload
def guarded(override: F) -> F: ...


@overload
def guarded(*, fallback: Any) -> Callable[[F], F]: ...


def guarded(override: F | None = None, *, fallback: Any = None) -> F | Callable[[F], F]:
    """Guard an override of a Qt virtual method.

    Args:
        override: The method; used as a plain decorator it returns nothing when it fails.
        fallback: What Qt is given when the method fails, where it must be given something.
    """

    def guard(function: F) -> F:
        @functools.wraps(function)
        def safe(*arguments: Any, **named: Any) -> Any:
            try:
                return function(*arguments, **named)
            except Exception as error:
                trace = error.__traceback__
                try:
                    sys.excepthook(type(error), error, trace)
                finally:
                    # The frames hold what the override had open. A painter must end before Qt goes on; one that the
                    # garbage collector ends later takes the process with it.
                    traceback.clear_frames(trace)
                    del trace
                return fallback

        safe.__guarded__ = True  # type: ignore[attr-defined]
        return safe  # type: ignore[return-value]

    return guard if override is None else guard(override)
