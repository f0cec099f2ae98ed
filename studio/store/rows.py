"""Reads single items from the arrays of the workspace: samples of the gallery, items of data sets.

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
from studio.core.modality import DataSpec

__all__ = ["Rows", "RowsCache", "WrongItemsError"]

_MOST_OPEN = 16


class WrongItemsError(WorkspaceError):
    """An array that holds something else than the items that its model or data set promises."""


class Rows:
    """One file of items, open until nobody holds it any more.

    Args:
        path: A ``.npy`` file.
        spec: What its items have in common; None where nobody says so, which means images.

    Attributes:
        count: Number of items.
        shape: Shape of an item.
        item_bytes: Bytes of an item.

    Raises:
        WrongItemsError: If it holds something else.
        WorkspaceError: If it is damaged.
        OSError: If it cannot be opened.
    """

    def __init__(self, path: Path, spec: DataSpec | None = None) -> None:
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        try:
            whole, dtype = self._header(path)
            if 0 in whole or not _fits(whole, dtype, spec):
                what = "images" if spec is None else f"{spec.noun}s of {spec.size}"
                raise WrongItemsError(f"It gives {dtype} {list(whole[1:])} for each sample, not {what}.")
            self.count: int = whole[0]
            self.shape: tuple[int, ...] = whole[1:]
            self._start = self._file.tell()
            self._dtype = dtype
            self.item_bytes = int(np.prod(self.shape, dtype=np.int64)) * dtype.itemsize
            if os.fstat(self._file.fileno()).st_size < self._start + self.count * self.item_bytes:
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
            raise WorkspaceError(f"{path} is damaged: it holds no array of items.") from None
        if by_columns and len(shape) > 1:
            raise WorkspaceError(f"{path} is damaged: its rows are not in order.")
        return shape, dtype

    def read(self, position: int) -> npt.NDArray[Any] | None:
        """One item; None where it is not there or cannot be read."""
        found = self.read_range(position, 1)
        return found[0] if found is not None else None

    def read_range(self, start: int, count: int) -> npt.NDArray[Any] | None:
        """Items that follow one another, (count, ...); None where they are not there or cannot be read."""
        if not 0 <= start <= self.count - count:
            return None
        size = count * self.item_bytes
        with suppress(OSError):
            # At a place, not after a seek: several threads read one file.
            data = os.pread(self._file.fileno(), size, self._start + start * self.item_bytes)
            if len(data) == size:
                return np.frombuffer(data, self._dtype).reshape(count, *self.shape)
        return None

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _fits(whole: tuple[int, ...], dtype: np.dtype[Any], spec: DataSpec | None) -> bool:
    if spec is None:
        return len(whole) == 4 and dtype == np.uint8 and whole[3] in (1, 3)
    return whole[1:] == spec.shape and dtype == np.dtype(spec.dtype)


class RowsCache:
    """The files that were read last, held open; there may be more batches than files a process may open."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, Rows] = OrderedDict()

    def read(self, path: Path, position: int, spec: DataSpec | None = None) -> npt.NDArray[Any] | None:
        """One item of a file; None where it cannot be read."""
        found = self.read_range(path, position, 1, spec)
        return found[0] if found is not None else None

    def read_range(self, path: Path, start: int, count: int, spec: DataSpec | None = None) -> npt.NDArray[Any] | None:
        """Items of a file that follow one another; None where they cannot be read."""
        try:
            return self.rows(path, spec).read_range(start, count)
        except (OSError, WorkspaceError):
            return None

    def rows(self, path: Path, spec: DataSpec | None = None) -> Rows:
        """A file, open.

        Raises:
            WorkspaceError: If it is damaged, or holds something else.
        """
        found = self._open.pop(path, None)
        if found is None:
            while len(self._open) >= _MOST_OPEN:
                self._open.popitem(last=False)[1].close()
            try:
                found = Rows(path, spec)
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
