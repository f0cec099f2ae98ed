"""Writes the arrays of a data set while its items come in, and the list of what was refused."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import shutil
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError
from studio.core.words import csv_cell, readable_size

__all__ = ["ItemWriter", "check_space", "dataset_bytes", "write_rejects"]

_HEADER_BYTES = 128
_MARGIN_BYTES = 4 * 2**20


def dataset_bytes(count: int, item_bytes: int) -> int:
    """Disk space of a data set's arrays: items, labels and splits."""
    return count * (item_bytes + 9)


def check_space(folder: Path, count: int, item_bytes: int) -> None:
    """Refuse an import that the disk has no room for.

    Args:
        folder: Any folder on the disk.
        count: Number of items.
        item_bytes: Bytes of one item.

    Raises:
        DataError: With the numbers.
    """
    need = dataset_bytes(count, item_bytes) + _MARGIN_BYTES
    free = shutil.disk_usage(folder).free
    if need > free:
        raise DataError(
            f"The data set needs {readable_size(need)} but the disk of {folder} has {readable_size(free)} free; "
            "free some space, choose a smaller --size, or another workspace."
        )


def _header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """The start of a .npy file, always 128 bytes long, so that the count can be filled in at the end."""
    text = f"{{'descr': '{dtype.str}', 'fortran_order': False, 'shape': {shape}, }}"
    magic = b"\x93NUMPY\x01\x00" + (_HEADER_BYTES - 10).to_bytes(2, "little")
    return magic + text.encode().ljust(_HEADER_BYTES - 11) + b"\n"


class ItemWriter:
    """Writes ``items.npy`` piece by piece, then the labels and splits, and takes their fingerprint on the way.

    Args:
        folder: The data set's folder while it is made.
        shape: Shape of one item.
        dtype: Type of its numbers, little-endian.
    """

    def __init__(self, folder: Path, shape: tuple[int, ...], dtype: str) -> None:
        self._folder = folder
        self._shape, self._dtype = shape, np.dtype(dtype).newbyteorder("<")
        self._digest = hashlib.sha256()
        self._bytes = 0
        self._sources: list[npt.NDArray[Any]] = []
        self._file = open(folder / "items.npy", "wb")  # noqa: SIM115 - closed by __exit__
        self._file.write(_header(self._dtype, (0, *shape)))

    def __enter__(self) -> ItemWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, items: bytes | memoryview) -> None:
        """Append whole items, their bytes in C order."""
        self._file.write(items)
        self._digest.update(items)
        self._bytes += len(items)

    def add_sources(self, sources: npt.NDArray[Any]) -> None:
        """Append what the next items are made from, as stored, (n, S)."""
        self._sources.append(sources)

    def finish(self, labels: npt.NDArray[np.int64], splits: npt.NDArray[np.uint8]) -> str:
        """Write the labels and splits, and complete the items.

        Args:
            labels: Class of each item, -1 for none, shape (N,).
            splits: Split of each item, shape (N,).

        Returns:
            The fingerprint: sha256 over the bytes of items, labels and splits, and of sources where there are any, in
            hexadecimal.
        """
        count = self._bytes // (math.prod(self._shape) * self._dtype.itemsize)
        if not count == len(labels) == len(splits):
            raise ValueError(f"{count} items, {len(labels)} labels and {len(splits)} splits do not fit")
        self._file.seek(0)
        self._file.write(_header(self._dtype, (count, *self._shape)))
        self._file.flush()
        self._digest.update(np.ascontiguousarray(labels, "<i8").tobytes())
        self._digest.update(splits.tobytes())
        if self._sources:
            sources = np.concatenate(self._sources)
            if len(sources) != count:
                raise ValueError(f"{count} items and {len(sources)} sources do not fit")
            self._digest.update(sources.tobytes())
            self._save("sources.npy", sources)
        self._save("labels.npy", np.ascontiguousarray(labels, "<i8"))
        self._save("splits.npy", splits)
        return self._digest.hexdigest()

    def _save(self, name: str, array: npt.NDArray[Any]) -> None:
        # Through memory: where the disk is full, NumPy's own writing does not say so.
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=False)
        (self._folder / name).write_bytes(buffer.getbuffer())


def write_rejects(path: Path, rows: Iterable[tuple[str, str]]) -> None:
    """Write (name, reason) rows as CSV; bytes of a name that are not UTF-8 are shown by their codes."""
    with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        table = csv.writer(file)
        table.writerow(("name", "reason"))
        table.writerows((csv_cell(name), csv_cell(reason)) for name, reason in rows)
