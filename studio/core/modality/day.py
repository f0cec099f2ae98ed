"""Dates of a table: days since an origin, with the time of day as their part, as ISO 8601 writes them."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import numpy.typing as npt

__all__ = ["day_words", "read_day"]

_FIRST, _LAST = np.datetime64("0001-01-01"), np.datetime64("9999-12-31")
_DAY_S = 86_400
# Times are written no finer than numbers of 32 bits are, which hold them: in seconds, minutes or hours.
_UNITS_S = (1, 60, 3600)


def day_words(values: npt.NDArray[np.floating], origin: str, whole: bool, reach: float) -> list[str]:
    """Dates as words, within the years 1 to 9999.

    Args:
        values: Days since the origin, (N,), finite.
        origin: The day that is 0, as YYYY-MM-DD.
        whole: Whether there are days only, and no times.
        reach: The most days that the column is away from its origin.

    Returns:
        Words such as ``2026-01-31``, or ``2026-01-31T18:30:00`` with times.
    """
    start = np.datetime64(origin, "D")
    first, last = ((end - start).astype(np.float64) for end in (_FIRST, _LAST))
    days = np.clip(np.asarray(values, np.float64), first, last)
    if whole:
        found = start + np.rint(days).astype(np.int64)
    else:
        fine = float(np.spacing(np.float32(max(reach, 1.0)))) * _DAY_S
        unit = next((unit for unit in _UNITS_S if fine <= unit), _UNITS_S[-1])
        found = start.astype("datetime64[s]") + (np.rint(days * (_DAY_S / unit)) * unit).astype(np.int64)
    return [str(word) for word in np.datetime_as_string(found)]


def read_day(word: str, origin: str) -> float | None:
    """Days from the origin to a date, or a date and time, as ISO 8601 writes it; None for another word."""
    try:
        found = datetime.fromisoformat(word).replace(tzinfo=None)
    except ValueError:
        return None
    days = found.date() - date.fromisoformat(origin)
    return days.days + (found.hour * 3600 + found.minute * 60 + found.second) / _DAY_S
