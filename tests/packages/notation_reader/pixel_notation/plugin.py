"""Reads pixel notation: pictures written with characters, several in a file.

    pixel notation 1
    size 5 x 3
    ink .+#

    arrow
    ..#..
    .###.
    #...#

The ink is written from the darkest character to the brightest. Pictures are separated by empty lines; the first line
of each is its class.
"""

import re
from itertools import groupby

import numpy as np

from studio.api import DataError, ItemsRead, Reader, hookimpl

FIRST_LINE = "pixel notation 1"


def read_head(lines):
    """The width and height of all pictures, and the grey level of each character of ink."""
    if not lines or lines[0] != FIRST_LINE:
        raise DataError(f"This is no pixel notation: its first line is not '{FIRST_LINE}'.")
    size = re.fullmatch(r"size ([1-9]\d{0,3}) x ([1-9]\d{0,3})", lines[1] if len(lines) > 1 else "")
    if size is None:
        raise DataError("Line 2 of a pixel notation says the size, as in 'size 8 x 6'.")
    ink = re.fullmatch(r"ink (\S{2,64})", lines[2] if len(lines) > 2 else "")
    if ink is None or len(set(ink[1])) < len(ink[1]):
        raise DataError("Line 3 of a pixel notation says the ink, dark to bright, each once, as in 'ink .+#'.")
    levels = np.linspace(0, 255, len(ink[1])).round().astype(np.uint8)
    return int(size[1]), int(size[2]), dict(zip(ink[1], levels, strict=True))


def draw(rows, width, height, ink):
    """Rows of characters as a picture, uint8 (H, W); a ValueError says what is wrong with them."""
    if len(rows) != height:
        raise ValueError(f"It has {len(rows)} rows instead of {height}.")
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise ValueError(f"Row {number} has {len(row)} characters instead of {width}.")
        if strange := sorted(set(row) - ink.keys()):
            raise ValueError(f"Row {number} has {strange[0]!r}, which is no ink.")
    return np.array([[ink[character] for character in row] for row in rows], np.uint8)


def read(path):
    """Pictures and their classes; those that are badly written are refused one by one."""
    try:
        lines = [line.rstrip() for line in path.read_text("utf-8").splitlines()]
    except UnicodeDecodeError:
        raise DataError(f"This is no pixel notation: its first line is not '{FIRST_LINE}'.") from None
    width, height, ink = read_head(lines)
    items, labels, refused = [], [], []
    body = enumerate(lines[3:], 4)
    for written, block in groupby(body, key=lambda numbered: bool(numbered[1])):
        if not written:
            continue
        (start, label), *rows = block
        try:
            items.append(draw([row for _, row in rows], width, height, ink))
            labels.append(label)
        except ValueError as error:
            refused.append((f"line {start}", str(error)))
    return ItemsRead(np.array(items, np.uint8).reshape(-1, height, width), labels=labels, refused=refused)


class NotationPlugin:
    """The hook of the reader."""

    @hookimpl
    def studio_readers(self):
        return [Reader("pixel_notation", "Pixel notation", "image", suffixes=(".pixels",), read=read)]


plugin = NotationPlugin()
