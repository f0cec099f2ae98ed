"""Opens IDX files (the format of MNIST), plain or gzipped, and pairs images with labels by their names."""

from __future__ import annotations

import gzip
import math
import os
import re
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError
from studio.core.words import readable_size
from studio.data.array import ArrayPart
from studio.data.split import TEST, TRAIN, VALIDATION
from studio.data.tree import printable
from studio.data.unpacking import ARRAY_GRACE, ARRAY_RATIO, Metered, unpacking

__all__ = ["is_idx_name", "looks_like_idx", "open_idx"]

_MOST_LABELS = 100_000_000
_GZIP = b"\x1f\x8b"


def is_idx_name(name: str) -> bool:
    """Whether a file is named as IDX files are, such as ``train-images-idx3-ubyte.gz``."""
    return re.search(r"idx[134][-_.]?ubyte(\.gz)?$", name.lower()) is not None


def _stream(path: Path) -> Metered:
    with open(path, "rb") as file:
        packed = file.read(2) == _GZIP
    raw = cast("BinaryIO", gzip.open(path) if packed else open(path, "rb"))  # noqa: SIM115 - Metered closes it
    return Metered(raw, printable(path.name), os.path.getsize(path), ARRAY_RATIO, ARRAY_GRACE)


def looks_like_idx(path: Path) -> bool:
    """Whether a file begins as an IDX file of bytes does."""
    try:
        with _stream(path) as stream:
            head = stream.read(4)
    except (OSError, EOFError, zlib.error):
        return False
    return head[:3] == b"\0\0\x08" and head[3:] in (b"\1", b"\3", b"\4")


def _header(path: Path) -> tuple[int, ...]:
    """The shape that a file's header declares."""
    title = printable(path.name)
    with unpacking(title), _stream(path) as stream:
        magic = stream.read(4)
        if magic[:3] != b"\0\0\x08" or magic[3:] not in (b"\1", b"\3", b"\4"):
            raise DataError(
                f"{title} is not an IDX file of bytes: it begins with {magic.hex() or 'nothing'} where 00000801, "
                "00000803 or 00000804 is expected; get it again."
            )
        sizes = stream.read(4 * magic[3])
        if len(sizes) != 4 * magic[3]:
            raise DataError(f"{title} is cut short: it ends within its header; get it again.")
    shape = tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
    with open(path, "rb") as file:
        plain = file.read(2) != _GZIP
    need, have = 4 + len(sizes) + math.prod(shape), path.stat().st_size
    if plain and need != have:
        raise DataError(
            f"{title} is damaged: its header promises {readable_size(need)} ({need} bytes) and it has {have} bytes."
        )
    return shape


def _opener(path: Path, header_bytes: int) -> Callable[[], BinaryIO]:
    def start() -> BinaryIO:
        stream = _stream(path)
        stream.seek(header_bytes)
        return cast("BinaryIO", stream)

    return start


def _read_labels(path: Path, count: int) -> npt.NDArray[np.int64]:
    title = printable(path.name)
    if count > _MOST_LABELS:
        raise DataError(f"{title} promises {count:,} labels, more than the {_MOST_LABELS:,} allowed.")
    with unpacking(title), _opener(path, 8)() as stream:
        data = stream.read(count)
        if len(data) != count or stream.read(1):
            raise DataError(f"{title} is damaged: it does not hold the {count} labels of its header; get it again.")
    return np.frombuffer(data, np.uint8).astype(np.int64)


def _key(path: Path) -> str:
    """What the names of an image file and of its label file have in common."""
    name = printable(path.name).lower().removesuffix(".gz")
    return re.sub(r"[-_.]+", "-", re.sub(r"images?|labels?|idx\d", "", name))


def _split(key: str) -> int:
    if "t10k" in key or "test" in key:
        return TEST
    return VALIDATION if re.search(r"\bval(id|idation)?\b", key) else TRAIN


def open_idx(paths: Sequence[Path]) -> list[ArrayPart]:
    """Pair IDX files by name, ``train-*`` and ``t10k-*`` or ``test`` apart.

    Args:
        paths: The files; where one is there plain and gzipped, the plain one is read.

    Raises:
        DataError: If one is damaged, or labels have no images.
    """
    images: dict[str, tuple[Path, tuple[int, ...]]] = {}
    labels: dict[str, tuple[Path, int]] = {}
    for path in sorted(paths, key=lambda path: (path.suffix.lower() == ".gz", str(path))):
        shape = _header(path)
        if len(shape) == 1:
            labels.setdefault(_key(path), (path, shape[0]))
        else:
            images.setdefault(_key(path), (path, shape))
    if len(images) == len(labels) == 1:
        labels = dict(zip(images, labels.values(), strict=True))
    lonely = [path for key, (path, _) in labels.items() if key not in images]
    if lonely:
        raise DataError(f"{printable(lonely[0].name)} holds labels without images; add the file of its images too.")
    parts = []
    for key, (path, shape) in sorted(images.items(), key=lambda item: (_split(item[0]), item[0])):
        read = _read_labels(*labels[key]) if key in labels else None
        title = printable(path.name)
        part = ArrayPart(title, shape, np.dtype(np.uint8), _opener(path, 4 + 4 * len(shape)), read, _split(key))
        part.check()
        parts.append(part)
    return parts
