"""Puts numbers and foreign text into the words that people read."""

from __future__ import annotations

import os
import re
import time

__all__ = [
    "breakable",
    "csv_cell",
    "duration",
    "few_steps",
    "figures",
    "moment",
    "number_of",
    "one_line",
    "path_text",
    "readable_size",
    "without_quote",
]

# Below so many steps hardly any model draws more than noise and blurs.
_FEW_STEPS = 200
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def duration(seconds: float) -> str:
    """A duration as h:mm:ss, or m:ss where it is below an hour."""
    whole = max(0, round(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def figures(value: float) -> str:
    """A measured number without more digits than it deserves: ``0.077``, ``4.8``, ``1,250``."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def few_steps(steps: int) -> str:
    """What to do about a training of so few steps that hardly any model learns; empty where they are enough."""
    if steps >= _FEW_STEPS:
        return ""
    return (
        f"{number_of(steps, 'step')} are few, most models need hundreds: give it more time, smaller items, "
        "a smaller batch or a GPU."
    )


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


def readable_size(count: float) -> str:
    """A number of bytes for people, such as ``1.5 GB``, in powers of 1000."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def number_of(count: int, what: str) -> str:
    """A count with its noun, such as ``1 item`` or ``12,403 items``."""
    ending = "es" if what.endswith("s") else "s"
    return f"{count:,} {what}{'' if count == 1 else ending}"


def one_line(text: str) -> str:
    """Foreign text for one line: breaks become blanks, what no font can show is shown by its code."""
    return " ".join(text.encode("utf-8", "backslashreplace").decode().split())


def csv_cell(text: str) -> str:
    """A text for a table that others open: a spreadsheet would run a cell that begins like a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def without_quote(cell: str) -> str:
    """The text that ``csv_cell`` made a cell of."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def breakable(text: str) -> str:
    """Foreign text for a label that wraps: words too long for a line may break, so that they cannot widen a window."""
    return re.sub(r"([^\s/]{60})(?=[^\s/])", "\\1\u200b", one_line(text))


def path_text(path: str | os.PathLike[str]) -> str:
    """A path for people, also one whose name is not UTF-8; what lies in the person's own folder begins with ~."""
    text, home = one_line(os.fspath(path)), os.path.expanduser("~")
    inside = text.startswith(home + os.sep) and len(home) > 1
    return f"~{text[len(home) :]}" if inside else text
