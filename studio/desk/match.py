"""How well letters fit a title."""

from __future__ import annotations

__all__ = ["match"]


def match(query: str, title: str) -> int | None:
    """How well letters fit a title; smaller is better, None where they are not in it in this order.

    A run of letters at the beginning of words counts most, then any run, then letters with gaps.
    """
    wanted, text = query.lower().strip(), title.lower()
    if not wanted:
        return 0
    at = text.find(wanted)
    if at >= 0:
        return 0 if at == 0 else 1 if text[at - 1] == " " else 2
    place, gaps = -1, 0
    for letter in wanted.replace(" ", ""):
        found = text.find(letter, place + 1)
        if found < 0:
            return None
        gaps += found - place - 1
        place = found
    return 3 + gaps
