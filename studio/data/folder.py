"""Lists the images of folders, and single image files; it follows no link and opens nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from studio.core.errors import explain
from studio.data.tree import is_ignored

__all__ = ["FileSource", "scan"]

Payload = tuple[int, str | bytes, str]


def scan(root: Path, looked: Callable[[int], None]) -> tuple[list[str], list[tuple[str, str]]]:
    """List the regular files below a folder.

    Args:
        root: The folder.
        looked: Called with the number of files so far, once a folder.

    Returns:
        Names below the root with '/' between folders, sorted, and what was refused: (name, reason).
    """
    names: list[str] = []
    refused: list[tuple[str, str]] = []
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        try:
            with os.scandir(root / prefix) as rows:
                for number, row in enumerate(rows):
                    if number % 10_000 == 0:
                        looked(len(names))
                    if is_ignored(row.name):
                        continue
                    if row.is_symlink():
                        refused.append((prefix + row.name, "a link, which is not followed"))
                    elif row.is_dir(follow_symlinks=False):
                        waiting.append(f"{prefix}{row.name}/")
                    elif row.is_file(follow_symlinks=False):
                        names.append(prefix + row.name)
                    else:
                        refused.append((prefix + row.name, "not a regular file"))
        except OSError as error:
            error.filename = None
            refused.append((prefix, explain(error)))
    names.sort()
    refused.sort()
    return names, refused


class FileSource:
    """Image files on disk.

    Args:
        root: What the names are below.
        names: Names with '/' between folders.
        refused: Files that were refused while looking: (name, reason).
    """

    wraps = False

    def __init__(self, root: Path, names: list[str], refused: list[tuple[str, str]]) -> None:
        self.root = root
        self.names = names
        self.refused = refused

    def payloads(self, wanted: Iterable[int]) -> Iterator[Payload]:
        """For each wanted number: the number, the file's path, and no reason to refuse it."""
        prefix = os.path.join(self.root, "")
        for index in wanted:
            yield index, prefix + self.names[index], ""
