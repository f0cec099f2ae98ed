"""Turns the bytes of one image file into pixels; it runs in decoder processes only.

Formats are recognised by content and chosen from a short list, so that no exotic decoder is ever reached.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import time
import warnings
from collections.abc import Callable
from typing import Any, BinaryIO, TypeVar

import numpy as np
import numpy.typing as npt
from PIL import (
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from studio.core.errors import explain
from studio.data.decoder import HEAD_BYTES, MAX_FILE_BYTES, Refused
from studio.data.image.fit import Plan, fit_image
from studio.data.image.sniff import refusal

__all__ = ["MAX_PIXELS", "decode", "decode_bytes", "prepare", "probe"]

T = TypeVar("T")
MAX_PIXELS = 64_000_000
# Importing these by name keeps Pillow from loading its forty others.
_READERS = (
    PngImagePlugin.PngImageFile,
    JpegImagePlugin.JpegImageFile,
    WebPImagePlugin.WebPImageFile,
    BmpImagePlugin.BmpImageFile,
    GifImagePlugin.GifImageFile,
    TiffImagePlugin.TiffImageFile,
    PpmImagePlugin.PpmImageFile,
)
_FORMATS = tuple(reader.format for reader in _READERS)
_PAUSE_S = 0.1
_GREY_MODES = {"1", "L", "LA", "La", "I"}
_BOMBS = (Image.DecompressionBombWarning, Image.DecompressionBombError)


def prepare() -> None:
    """Set Pillow's guards for this process: a pixel cap that is an error, and no guessing at cut files."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)


def _open_file(path: str) -> BinaryIO:
    # O_NONBLOCK: a FIFO that took the file's place meanwhile must not hold the importer.
    flags = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags)
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode) or state.st_size > MAX_FILE_BYTES:
        os.close(descriptor)
        large = stat.S_ISREG(state.st_mode)
        raise Refused(f"larger than {MAX_FILE_BYTES >> 20} MB" if large else "not a regular file")
    return open(descriptor, "rb", buffering=64 * 1024)


def _content(source: str | bytes) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else _open_file(source)


def _attempt(read: Callable[[], T]) -> T:
    """Read an image; once more where the disk failed, which it may do only now and then.

    Raises:
        Refused: If it is not a usable image, or the disk fails again.
    """
    try:
        return read()
    except OSError as error:
        if error.errno != errno.EIO:
            raise Refused(_reason(error)) from None
    except Exception as error:  # decoders raise nearly anything on damaged files
        raise Refused(_reason(error)) from None
    time.sleep(_PAUSE_S)
    try:
        return read()
    except Exception as error:
        raise Refused(_reason(error)) from None


def _open_image(file: BinaryIO, name: str) -> Image.Image:
    head = file.read(HEAD_BYTES)
    reason = refusal(head, name)
    if reason:
        raise Refused(reason)
    file.seek(0)
    try:
        image = Image.open(file, formats=_FORMATS)
    except UnidentifiedImageError:
        raise Refused("the image is damaged or cut short") from None
    if image.width * image.height > MAX_PIXELS:
        raise Refused(_too_many())
    if image.mode == "F":
        raise Refused("its pixels are floating-point numbers without a known range; save it with 8 or 16 bits")
    return image


def _too_many() -> str:
    return f"more than {MAX_PIXELS // 1_000_000} million pixels"


def _reason(error: Exception) -> str:
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, _BOMBS):
        return _too_many()
    if isinstance(error, OSError) and error.errno:
        error.filename = None
        return explain(error)
    if isinstance(error, MemoryError):
        return "decoding it takes too much memory"
    return f"the image is damaged or cut short ({' '.join(str(error).split())[:120] or type(error).__name__})"


def _is_turned(image: Image.Image, file: BinaryIO) -> bool:
    """Whether showing the image upright swaps its sides."""
    if image.width == image.height or image.format == "TIFF":  # Pillow turns TIFF by itself
        return False
    if image.format == "PNG" and "exif" not in image.info:
        file.seek(0)
        if b"eXIf" not in file.read():
            return False
        image.load()  # the chunk may stand behind the pixels
    return image.getexif().get(ExifTags.Base.Orientation, 1) in (5, 6, 7, 8)


def probe(source: str | bytes, name: str) -> tuple[int, int, bool]:
    """Read an image's header.

    Args:
        source: Path, or content.
        name: Name of the file, for the reason.

    Returns:
        Height and width as shown upright, and whether it is grey.

    Raises:
        Refused: If it is not a usable image.
    """

    def read() -> tuple[int, int, bool]:
        with _content(source) as file:
            image = _open_image(file, name)
            width, height = image.size
            grey = image.mode in _GREY_MODES or image.mode.startswith("I;16")
            if _is_turned(image, file):
                width, height = height, width
            return height, width, grey

    return _attempt(read)


def _spare(image: Image.Image, plan: Plan) -> None:
    """Let a large JPEG be decoded at a half, a quarter or an eighth, never below three times the planned sides."""
    shorter, enough = min(image.size), 3 * max(plan.height, plan.width)
    if image.format in ("JPEG", "MPO") and shorter >= 2 * enough:
        image.draft(None, (image.width * enough // shorter, image.height * enough // shorter))


def _from_16_bit(image: Image.Image) -> Image.Image:
    # Pillow's own conversion saturates: every value above 255 would become white.
    values = np.asarray(image).astype(np.int64)
    if values.min() < 0 or values.max() > 65535:
        raise Refused("its pixels are 32-bit numbers without a known range; save it with 8 or 16 bits")
    return Image.fromarray(((values + 128) // 257).astype(np.uint8))


def _plain(image: Image.Image, fill: int) -> Image.Image:
    """Bring an image to mode L or RGB, transparent pixels showing the background."""
    if image.mode == "I" or image.mode.startswith("I;16"):
        return _from_16_bit(image)
    grey = image.mode in _GREY_MODES
    if image.has_transparency_data or image.mode in ("La", "RGBa"):
        premultiplied = {"La": "LA", "RGBa": "RGBA"}.get(image.mode)
        if premultiplied:
            image = image.convert(premultiplied)
        image = image.convert("LA" if grey else "RGBA")
        canvas = Image.new("L" if grey else "RGB", image.size, fill if grey else (fill,) * 3)
        canvas.paste(image.convert(canvas.mode), mask=image.getchannel("A"))
        return canvas
    wanted = "L" if grey else "RGB"
    return image if image.mode == wanted else image.convert(wanted)


def decode(source: str | bytes, name: str, plan: Plan) -> npt.NDArray[np.uint8]:
    """Decode one image: the first frame, upright, on the background, at the planned shape.

    Args:
        source: Path, or content.
        name: Name of the file, for the reason.
        plan: Shape of the item.

    Returns:
        The item, uint8, shape (H, W, C).

    Raises:
        Refused: If it is not a usable image.
    """

    def read() -> npt.NDArray[np.uint8]:
        with _content(source) as file:
            image = _open_image(file, name)
            _spare(image, plan)
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            return fit_image(_plain(image, plan.fill), plan)

    return _attempt(read)


def decode_bytes(source: str | bytes, name: str, plan: list[Any]) -> bytes:
    """The item's bytes, by the fields of a plan; as of ``decode``."""
    return decode(source, name, Plan(*plan)).tobytes()
