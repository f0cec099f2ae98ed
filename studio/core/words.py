"""This file puts numbers into the words that people read: durations, sizes, moments."""

from __future__ import annotations

import time

__all__ = ["byte_size", "duration", "moment"]


def duration(seconds: float) -> str:
    """A duration as h:mm:ss, or m:ss where it is below an hour."""
    whole = max(0, round(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def byte_size(count: float) -> str:
    """A number of bytes in the unit that gives three digits at most, of 1,000 each."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def moment(then: float, now: float | None = None) -> str:
    """When something was: the time of a day that is today, else the date.

    Args:
        then: Seconds since 1970.
        now: The same for now; None to ask the clock.
    """
    today = time.localtime(time.time() if now is None else now)
    at = time.localtime(then)
    if (at.tm_year, at.tm_yday) == (today.tm_year, today.tm_yday):
        return time.strftime("today %H:%M", at)
    return time.strftime("%d %b %H:%M" if at.tm_year == today.tm_year else "%d %b %Y", at).lstrip("0")
