"""Reads single images from the arrays of the workspace: samples of the gallery, items of data sets.

The files are read, never mapped: a file may be cut short or written again from its first row, or a drive may go, and a
page of a map that is not there any more ends the process.
"""

from __future__ import annotations

import os
import weakref
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.errors import WorkspaceError, explain

__all__ = ["NotImagesError", "Rows", "RowsCache"]

_MOST_OPEN = 16


class NotImagesError(WorkspaceError):
    """An array that holds something else than images."""


class Rows:
    """One file of images, open until nobody holds it any more.

    Args:
        path: A ``.npy`` file.

    Attributes:
        count: Number of rows.
        shape: Shape of a row, (H, W, C).

    Raises:
        NotImagesError: If it holds something else than images.
        WorkspaceError: If it is damaged.
        OSError: If it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        try:
            whole, dtype = self._header(path)
            if len(whole) != 4 or dtype != np.uint8 or whole[3] not in (1, 3) or 0 in whole:
                raise NotImagesError(f"It gives {dtype} {list(whole[1:])} for each sample, not images.")
            self.count: int = whole[0]
            self.shape: tuple[int, ...] = whole[1:]
            self._start = self._file.tell()
            self._bytes = int(np.prod(self.shape, dtype=np.int64))
            if os.fstat(self._file.fileno()).st_size < self._start + self.count * self._bytes:
                raise WorkspaceError(f"{path} is damaged: it ends early.")
        except BaseException:
            self._file.close()
            raise

    def _header(self, path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
        try:
            version = np.lib.format.read_magic(self._file)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, by_columns, dtype = read(self._file)
        except ValueError:
            raise WorkspaceError(f"{path} is damaged: it holds no array of images.") from None
        if by_columns and len(shape) > 1:
            raise WorkspaceError(f"{path} is damaged: its rows are not in order.")
        return shape, dtype

    def read(self, position: int) -> npt.NDArray[np.uint8] | None:
        """One image (H, W, C); None where it is not there or cannot be read."""
        with suppress(OSError):
            self._file.seek(self._start + position * self._bytes)
            data = self._file.read(self._bytes)
            if data is not None and len(data) == self._bytes:
                return np.frombuffer(data, np.uint8).reshape(self.shape)
        return None

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class RowsCache:
    """The files that were read last, held open; there may be more batches than files a process may open."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, Rows] = OrderedDict()

    def read(self, path: Path, position: int) -> npt.NDArray[np.uint8] | None:
        """One image of a file; None where it cannot be read."""
        try:
            return self.rows(path).read(position)
        except (OSError, WorkspaceError):
            return None

    def rows(self, path: Path) -> Rows:
        """A file, open.

        Raises:
            WorkspaceError: If it is damaged or holds no images.
        """
        found = self._open.pop(path, None)
        if found is None:
            while len(self._open) >= _MOST_OPEN:
                self._open.popitem(last=False)[1].close()
            try:
                found = Rows(path)
            except OSError as error:
                raise WorkspaceError(f"{path} cannot be read: {explain(error)}.") from None
        self._open[path] = found
        return found

    def forget(self, path: Path) -> None:
        """Close a file that goes elsewhere."""
        found = self._open.pop(path, None)
        if found is not None:
            found.close()

    def close(self) -> None:
        """Close every file."""
        for path in list(self._open):
            self.forget(path)
