"""Makes pictures of items: a grid to look at, and a sample's PNG that carries the settings that made it.

References:
    The PNG specification, third edition, section 11.3.3.4 (iTXt): https://www.w3.org/TR/png-3.
"""

from __future__ import annotations

import io
import json
import math
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, PngImagePlugin

from studio.core.errors import DataError, explain
from studio.data.tree import printable
from studio.store.atomic import write_bytes
from studio.store.gallery import BatchDocument

__all__ = ["SAMPLE_KEY", "ImageFiles", "image_grid", "read_sample_settings", "save_grid", "save_sample"]

SAMPLE_KEY = "studio.sample"
_MOST_JSON_BYTES = 1_000_000
_MOST_FILE_BYTES = 256 * 2**20
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GAP_LEVEL = 255
# Samples of a grid.
_GRID = 256


def image_grid(images: npt.NDArray[np.uint8], columns: int | None = None, gap: int = 2) -> npt.NDArray[np.uint8]:
    """Lay images out in a grid, row by row.

    Args:
        images: Images, shape (N, H, W, C), N at least 1.
        columns: Number of columns, at least 1; None for about as many as rows.
        gap: White pixels between images.

    Returns:
        The grid, uint8, shape (H', W', C); cells without an image are white.

    Raises:
        ValueError: If there is no image, or a number is out of bounds.
    """
    if images.ndim != 4 or images.dtype != np.uint8 or not len(images):
        raise ValueError(f"a grid takes uint8 images [N, H, W, C], not {images.dtype} {list(images.shape)}")
    if gap < 0 or (columns is not None and columns < 1):
        raise ValueError(f"a grid cannot have {columns} columns and a gap of {gap}")
    count, height, width, channels = images.shape
    columns = min(count, columns or math.ceil(math.sqrt(count)))
    rows = -(-count // columns)
    shape = (rows * (height + gap) - gap, columns * (width + gap) - gap, channels)
    grid = np.full(shape, _GAP_LEVEL, np.uint8)
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        top, left = row * (height + gap), column * (width + gap)
        grid[top : top + height, left : left + width] = image
    return grid


def _png(image: npt.NDArray[np.uint8], text: PngImagePlugin.PngInfo | None = None) -> bytes:
    if image.ndim != 3 or image.dtype != np.uint8 or image.shape[2] not in (1, 3):
        raise ValueError(f"a picture is uint8 [H, W, 1] or [H, W, 3], not {image.dtype} {list(image.shape)}")
    buffer = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[2] == 1 else image).save(buffer, "PNG", pnginfo=text)
    return buffer.getvalue()


def save_grid(path: Path, images: npt.NDArray[np.uint8], columns: int | None = None, gap: int = 2) -> None:
    """Write a grid of images as PNG; arguments as of ``image_grid``."""
    write_bytes(path, _png(image_grid(images, columns, gap)))


def save_sample(path: Path, image: npt.NDArray[np.uint8], settings: Mapping[str, Any]) -> None:
    """Write one sample as PNG, with the settings that made it.

    Args:
        path: The file.
        image: The sample, shape (H, W, C), C = 1 or 3.
        settings: Anything JSON can hold, finite, up to 1 MB.

    Raises:
        DataError: If the settings are too large.
    """
    text = json.dumps(dict(settings), allow_nan=False)
    if len(text) > _MOST_JSON_BYTES:
        raise DataError(f"The settings of the sample have {len(text):,} bytes, more than the 1 MB a picture can carry.")
    info = PngImagePlugin.PngInfo()
    info.add_itxt(SAMPLE_KEY, text)
    write_bytes(path, _png(image, info))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG file up to its end, their checksums checked."""
    at = len(_SIGNATURE)
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", data, at + 8 + length)
        if zlib.crc32(body, zlib.crc32(kind)) != checksum:
            raise ValueError("a checksum is wrong")
        yield kind, body
        if kind == b"IEND":
            return
        at += 12 + length
    raise ValueError("it ends early")


def _text(body: bytes) -> bytes:
    """The text of an iTXt chunk: keyword, 0, compressed?, method, language, 0, translated keyword, 0, text."""
    rest = body.partition(b"\0")[2]
    compressed = rest[:1] != b"\0"
    text = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    if compressed:  # by a program that packed the file again
        text = zlib.decompressobj().decompress(text, _MOST_JSON_BYTES + 1)
    if len(text) > _MOST_JSON_BYTES:
        raise ValueError("its settings are larger than 1 MB")
    return text


def read_sample_settings(path: Path) -> dict[str, Any]:
    """Read the settings that a sample's PNG carries; no pixel is decoded.

    Args:
        path: The file.

    Raises:
        DataError: If it is not a PNG, damaged, or carries no settings.
    """
    shown = printable(str(path))
    try:
        with open(path, "rb") as file:
            data = file.read(_MOST_FILE_BYTES + 1)
    except OSError as error:
        error.filename = None
        raise DataError(f"{shown} cannot be read: {explain(error)}.") from None
    if not data.startswith(_SIGNATURE):
        raise DataError(f"{shown} is not a PNG; choose a picture that the studio saved.")
    found: Any = None
    try:
        for kind, body in _chunks(data):
            if kind == b"iTXt" and body.startswith(SAMPLE_KEY.encode() + b"\0"):
                found = json.loads(_text(body))
    except (struct.error, ValueError, zlib.error, RecursionError) as error:
        raise DataError(f"{shown} is damaged ({error}); choose another picture.") from None
    if not isinstance(found, dict):
        raise DataError(f"{shown} carries no settings of a sample; choose a picture that the studio saved.")
    return found


class ImageFiles:
    """One PNG for each sample, which carries its settings, and a grid of the first."""

    def names(self, name: str, batch: BatchDocument) -> list[str]:
        """Names of the files that a batch becomes."""
        pictures = (self.name_of(name, batch, position) for position in range(batch.request.count))
        return [*pictures, _grid_name(name, batch)]

    def name_of(self, name: str, batch: BatchDocument, position: int) -> str:
        """Name of the PNG of a sample."""
        return f"{name}-{batch.stem(position)}.png"

    def save_one(self, path: Path, batch: BatchDocument, items: npt.NDArray[Any], settings: Mapping[str, Any]) -> None:
        """Write one PNG."""
        save_sample(path, items[0], settings)

    def save(
        self,
        folder: Path,
        name: str,
        batch: BatchDocument,
        samples: npt.NDArray[Any],
        settings: Callable[[int], Mapping[str, Any]],
        on_progress: Callable[[int, int], None] = lambda *_: None,
    ) -> Path:
        """Write a batch; returns the grid."""
        for position, image in enumerate(samples):
            save_sample(folder / self.name_of(name, batch, position), image, settings(position))
            on_progress(position + 1, len(samples))
        grid = folder / _grid_name(name, batch)
        save_grid(grid, samples[:_GRID])
        return grid

    def overview(self, folder: Path, samples: npt.NDArray[Any]) -> Path:
        """Write a grid of the first samples."""
        path = folder / "grid.png"
        save_grid(path, samples[:_GRID])
        return path


def _grid_name(name: str, batch: BatchDocument) -> str:
    return f"{name}-grid-{batch.request.seed}.png"
