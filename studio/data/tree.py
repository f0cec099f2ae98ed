"""Reads classes and splits out of the names of folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from studio.data.split import SPLIT_FOLDERS, TRAIN

__all__ = ["arrange", "clean_name", "is_ignored", "printable"]

_IGNORED = {"thumbs.db", "desktop.ini", "__macosx"}


def is_ignored(name: str) -> bool:
    """Whether a file or folder is the system's own clutter, which nobody means to import."""
    return name.startswith(".") or name.lower() in _IGNORED


def clean_name(name: str) -> str:
    """The name of an archive's entry without roots, drives, backslashes and steps upward.

    Nothing is ever written under such a name; it only says which class an entry belongs to.
    """
    parts = name.replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", ".", "..") and not part.endswith(":"))


def printable(name: str) -> str:
    """A file name as text that any document can hold: what is not UTF-8 is shown by its code."""
    return name.encode("utf-8", "backslashreplace").decode()


def _folders(name: str, skip: int) -> tuple[str, ...]:
    return tuple(name.split("/")[skip:-1])


def arrange(names: Sequence[str], look_through: bool) -> Iterator[tuple[str | None, int]]:
    """Find each item's class and split.

    The class is the first folder, or the first below a split's folder. Folders count as splits when nothing but
    splits lies at the top, or when two different splits do: a class of vehicles called "train" stays a class.

    Args:
        names: Names below the root, with '/' between folders.
        look_through: Look through one folder that wraps everything, unless it names a split.

    Returns:
        For each name its class, None where it has none, and its split.
    """
    tops = {name.split("/", 1)[0] if "/" in name else "" for name in names}
    skip = 0
    if look_through and len(tops) == 1:
        (top,) = tops
        if top and top.lower() not in SPLIT_FOLDERS:
            skip = 1
            tops = {folders[0] if (folders := _folders(name, 1)) else "" for name in names}
    found = {SPLIT_FOLDERS[top.lower()] for top in tops if top.lower() in SPLIT_FOLDERS}
    has_splits = bool(found) and (len(found) > 1 or all(top.lower() in SPLIT_FOLDERS for top in tops if top))
    for name in names:
        folders = _folders(name, skip)
        split = TRAIN
        if has_splits and folders and folders[0].lower() in SPLIT_FOLDERS:
            split = SPLIT_FOLDERS[folders[0].lower()]
            folders = folders[1:]
        yield (printable(folders[0]) if folders else None), split
