"""The wire between the sampler service and its client: length-prefixed JSON over pipes."""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

__all__ = ["MAX_BYTES", "read_frame", "write_frame"]

_HEADER = struct.Struct(">I")
MAX_BYTES = 16 * 2**20


def write_frame(stream: BinaryIO, message: dict[str, Any]) -> None:
    """Write one message and flush it.

    Raises:
        ValueError: If it is longer than the other side reads, or holds a number that is not finite; nothing is written.
    """
    data = json.dumps(message, allow_nan=False).encode()
    if len(data) > MAX_BYTES:
        raise ValueError(f"a message of {len(data)} bytes is too long")
    stream.write(_HEADER.pack(len(data)) + data)
    stream.flush()


def read_frame(stream: BinaryIO) -> dict[str, Any] | None:
    """Read one message; None at the end of the stream.

    Raises:
        ValueError: If what comes is not a message.
    """
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    (size,) = _HEADER.unpack(header)
    if size > MAX_BYTES:
        raise ValueError(f"a message of {size} bytes is too long")
    data = stream.read(size)
    if len(data) < size:
        return None
    try:
        message = json.loads(data)
    except RecursionError:
        raise ValueError("a message is nested too deeply") from None
    if not isinstance(message, dict):
        raise ValueError("a message must be an object")
    return message
