"""Opens .npy and .npz files as arrays of items; object arrays are never unpickled."""

from __future__ import annotations

import io
import math
import os
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError
from studio.core.words import readable_size
from studio.data.array import MOST_ITEMS, ArrayPart
from studio.data.split import TEST, TRAIN, VALIDATION
from studio.data.tree import printable
from studio.data.unpacking import ARRAY_GRACE, ARRAY_RATIO, Metered, unpacking

__all__ = ["open_arrays"]

_MOST_WHOLE_BYTES = 2**30
_SCHEMES = (
    (("x_train", "y_train", TRAIN), ("x_val", "y_val", VALIDATION), ("x_test", "y_test", TEST)),
    (
        ("train_images", "train_labels", TRAIN),
        ("val_images", "val_labels", VALIDATION),
        ("test_images", "test_labels", TEST),
    ),
    (("images", "labels", TRAIN),),
    (("x", "y", TRAIN),),
)


class _Array:
    """One array in a file: its header, and how to reach its data."""

    def __init__(self, title: str, start: Callable[[], BinaryIO]) -> None:
        self.title = title
        self._start = start
        with unpacking(title), start() as stream:
            self.shape, self.fortran, self.dtype = self._read_header(stream)

    def _read_header(self, stream: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
        version = np.lib.format.read_magic(stream)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of headers that Python 2 wrote
            if version == (1, 0):
                shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
            elif version == (2, 0):
                shape, fortran, dtype = np.lib.format.read_array_header_2_0(stream)
            else:
                raise DataError(f"{self.title} is an array file of the unknown version {version}; save it again.")
        if any(side < 0 for side in shape):
            raise ValueError("a negative shape")
        if dtype.hasobject:
            raise DataError(f"{self.title} holds Python objects, which are not opened; save plain numbers or words.")
        return shape, fortran, dtype

    @property
    def _bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize

    def open(self) -> BinaryIO:
        """A stream that stands at the first row, its rows in C order."""
        stream = self._start()
        self._read_header(stream)
        if not self.fortran or len(self.shape) < 2:
            return stream
        with unpacking(self.title), stream:
            return io.BytesIO(self._whole(stream).tobytes())

    def _whole(self, stream: BinaryIO) -> npt.NDArray[Any]:
        if self._bytes > _MOST_WHOLE_BYTES:
            raise DataError(
                f"{self.title} has {readable_size(self._bytes)}, more than the {readable_size(_MOST_WHOLE_BYTES)} "
                "that can be read at once; save it in C order with numpy.ascontiguousarray."
            )
        parts = []
        missing = self._bytes
        while missing and (part := stream.read(min(missing, 2**24))):
            parts.append(part)
            missing -= len(part)
        if missing:
            raise DataError(f"{self.title} is cut short; get it again.")
        return np.frombuffer(b"".join(parts), self.dtype).reshape(self.shape, order="F" if self.fortran else "C")

    def read_labels(self) -> npt.NDArray[Any]:
        """The whole array as labels, shape (N,)."""
        if self.dtype.kind not in "buiUS":
            raise DataError(f"{self.title} holds {self.dtype.name} values; labels must be whole numbers or words.")
        if math.prod(self.shape) > MOST_ITEMS:
            raise DataError(f"{self.title} claims {math.prod(self.shape):,} labels; there is one for each image.")
        with unpacking(self.title), self._start() as stream:
            self._read_header(stream)
            values = self._whole(stream)
        return values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values


def _part(images: _Array, labels: _Array | None, split: int) -> ArrayPart:
    part = ArrayPart(images.title, images.shape, images.dtype, images.open, None, split)
    part.check()
    if labels is None:
        return part
    part = replace(part, labels=labels.read_labels())
    part.check()
    return part


def _metered(raw: Any, path: Path) -> BinaryIO:
    size = os.path.getsize(path)
    return cast("BinaryIO", Metered(raw, printable(path.name), size, ARRAY_RATIO, ARRAY_GRACE))


def _open_member(path: Path, name: str) -> BinaryIO:
    with zipfile.ZipFile(path) as archive:
        return _metered(archive.open(name), path)  # the file stays open until the entry is closed


def open_arrays(path: Path) -> list[ArrayPart]:
    """Open a .npy or .npz file.

    Args:
        path: The file; in an .npz the names tell items, labels and splits.

    Raises:
        DataError: If it is damaged, or holds no items.
    """
    title = printable(path.name)
    with open(path, "rb") as file:
        zipped = file.read(2) == b"PK"
    if not zipped:
        return [_part(_Array(title, lambda: _metered(open(path, "rb"), path)), None, TRAIN)]
    with unpacking(title), zipfile.ZipFile(path) as archive:
        members = {row.filename.removesuffix(".npy").lower(): row.filename for row in archive.infolist()}

    def array(key: str) -> _Array:
        return _Array(f"{title}: {key}", lambda: _open_member(path, members[key]))

    for scheme in _SCHEMES:
        found = [row for row in scheme if row[0] in members]
        if found:
            parts = [_part(array(x), array(y) if y in members else None, split) for x, y, split in found]
            columns = tuple(map(str, array("columns").read_labels())) if "columns" in members else ()
            return [replace(part, columns=columns if part.shape[1:] == (len(columns),) else ()) for part in parts]
    if len(members) == 1:
        return [_part(array(next(iter(members))), None, TRAIN)]
    known = ", ".join(row[0] for scheme in _SCHEMES for row in scheme)
    raise DataError(
        f"{title} holds {', '.join(map(printable, members)) or 'nothing'}, but no array of images; "
        f"name it one of {known}."
    )
