"""Counts what an archive unpacks to while it is read, and stops a bomb with numbers."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from studio.core.errors import DataError, StudioError
from studio.core.words import readable_size

__all__ = ["ARRAY_GRACE", "ARRAY_RATIO", "BOMB_GRACE", "BOMB_RATIO", "Metered", "check_ratio", "unpacking"]

BOMB_GRACE = 64 * 2**20
BOMB_RATIO = 100
# Of arrays. Sparse drawings pack better than photographs: dSprites, a real set, shrinks 115 times.
ARRAY_RATIO = 400
ARRAY_GRACE = 256 * 2**20
_LARGEST_READ = 512 * 2**20
_STEP = 256 * 1024
# gzip and bz2 report damage without a number; the others come from seeking to where a damaged directory points.
_DAMAGE = (None, errno.EINVAL, errno.EOVERFLOW)


def check_ratio(name: str, packed: int, unpacked: int, ratio: int = BOMB_RATIO, grace: int = BOMB_GRACE) -> None:
    """Refuse what unpacks to implausibly much.

    Args:
        name: The archive, for the message.
        packed: Its size in bytes.
        unpacked: What it unpacks to, in bytes, declared or counted so far.
        ratio: How many times its size it may unpack to.
        grace: What any archive may unpack to, in bytes.

    Raises:
        DataError: If it is a bomb.
    """
    most = max(grace, ratio * packed)
    if unpacked > most:
        raise DataError(
            f"{name} has {readable_size(packed)} but unpacks to at least {readable_size(unpacked)}, more than the "
            f"{readable_size(most)} allowed for its size; unpack it yourself if you trust it, and add the folder."
        )


@contextmanager
def unpacking(name: str) -> Iterator[None]:
    """Turn what the unpackers raise on damaged data into one sentence."""
    try:
        yield
    except (StudioError, MemoryError):
        raise
    except NotImplementedError as error:
        raise DataError(f"{name} uses a compression that is not supported ({error}); pack it again.") from None
    except OSError as error:
        if error.errno not in _DAMAGE:
            raise
        raise DataError(f"{name} is damaged or cut short ({error}); get it again.") from None
    except Exception as error:  # a fuzzer made them raise twelve kinds
        raise DataError(f"{name} is damaged or cut short ({error}); get it again.") from None


class Metered(io.RawIOBase):
    """A stream that only goes forward and counts what was unpacked.

    Args:
        raw: Stream of unpacked bytes; it is closed with this one.
        name: The archive, for messages.
        packed: Its size in bytes.
        ratio: How many times its size it may unpack to.
        grace: What any archive may unpack to, in bytes.

    Attributes:
        last: What the last read gave.
    """

    def __init__(self, raw: BinaryIO, name: str, packed: int, ratio: int = BOMB_RATIO, grace: int = BOMB_GRACE) -> None:
        self._raw = raw
        self._name = name
        self._packed = packed
        self._ratio = ratio
        self._grace = grace
        self._count = 0
        self.last = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read up to ``size`` bytes; fewer only at the end.

        Raises:
            DataError: If a bomb shows.
        """
        if not 0 <= size <= _LARGEST_READ:
            raise DataError(f"{self._name} is damaged: one of its parts claims {readable_size(size)}.")
        parts = []
        while size > 0:
            part = self._raw.read(min(size, _STEP))
            if not part:
                break
            parts.append(part)
            size -= len(part)
            self._count += len(part)
            check_ratio(self._name, self._packed, self._count, self._ratio, self._grace)
        self.last = b"".join(parts)
        return self.last

    def tell(self) -> int:
        """Bytes read so far."""
        return self._count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go forward to an offset from the start."""
        if whence != io.SEEK_SET or offset < self._count:
            raise ValueError("the stream only goes forward")
        while self._count < offset and self.read(min(_STEP, offset - self._count)):
            pass
        return self._count

    def close(self) -> None:
        """Close the stream below too."""
        self._raw.close()
        super().close()
