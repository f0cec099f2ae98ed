"""Reads files out of zip and tar archives, in memory: nothing is ever unpacked to disk.

Only regular entries are read, each under a cap; links, devices, encrypted entries and archives within are refused.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from studio.core.errors import DataError
from studio.data.decoder import HEAD_BYTES, MAX_FILE_BYTES
from studio.data.folder import Payload
from studio.data.tree import clean_name, is_ignored, printable
from studio.data.unpacking import Metered, check_ratio, unpacking

__all__ = ["TarSource", "ZipSource"]

_MOST_ENTRIES = 2_000_000
_SHORTEST_RECORD = 46  # bytes of an entry in a zip's directory
_TOO_LARGE = f"larger than {MAX_FILE_BYTES >> 20} MB"
_LONGEST_END = 22 + 65_535 + 20 + 56  # a zip's end record with its comment, and the two records of zip64
_SECRET = 0x1
_ARCHIVE_ENDINGS = (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".gz", ".bz2", ".xz", ".7z", ".rar", ".zst")
# Says from a file's first bytes and its name why it cannot be an item; empty where it can.
Refusal = Callable[[bytes, str], str]


def _is_clutter(name: str) -> bool:
    return not name or any(is_ignored(part) for part in name.split("/"))


class _Source:
    wraps = True

    def __init__(self, path: Path, refusal: Refusal) -> None:
        self.path = path
        self._refusal = refusal
        self.title = printable(path.name)
        self.names: list[str] = []
        self.refused: list[tuple[str, str]] = []

    def _take(self, name: str, reason: str) -> bool:
        """Enter a file under its clean name, or its refusal."""
        if len(self.names) + len(self.refused) >= _MOST_ENTRIES:
            raise DataError(f"{self.title} has more than {_MOST_ENTRIES:,} entries; unpack it and add parts of it.")
        if not reason and name.lower().endswith(_ARCHIVE_ENDINGS):
            reason = "an archive inside an archive; unpack it and add it by itself"
        if reason:
            self.refused.append((name, reason))
        else:
            self.names.append(name)
        return not reason


class ZipSource(_Source):
    """The files in a zip archive.

    Args:
        path: The archive.
        looked: Called with the number of entries so far.
        refusal: Says of a file's first bytes and its name why it cannot be an item.

    Raises:
        DataError: If it is damaged or a bomb.
    """

    def __init__(self, path: Path, looked: Callable[[int], None], refusal: Refusal) -> None:
        super().__init__(path, refusal)
        self._entries: list[zipfile.ZipInfo] = []
        self._refuse_many()
        packed = unpacked = 0
        with unpacking(self.title), zipfile.ZipFile(path) as archive:
            rows = sorted(archive.infolist(), key=lambda row: row.header_offset)
        for number, row in enumerate(rows):
            if number % 10_000 == 0:
                looked(number)
            name = clean_name(row.filename)
            if row.is_dir() or _is_clutter(name):
                continue
            packed += row.compress_size
            if self._take(name, self._reason(row)):
                self._entries.append(row)
                unpacked += row.file_size
        size = path.stat().st_size
        check_ratio(self.title, size, unpacked)
        if packed > size:
            raise DataError(f"{self.title} is not an honest archive: its entries overlap; it is not opened.")

    def _refuse_many(self) -> None:
        # Read before zipfile does, which makes an object for each of the entries that the directory has room for.
        with open(self.path, "rb") as file:
            file.seek(max(0, self.path.stat().st_size - _LONGEST_END))
            tail = file.read(_LONGEST_END)
        end, large = tail.rfind(b"PK\x05\x06"), tail.rfind(b"PK\x06\x06")
        size = 0
        if 0 <= end <= len(tail) - 22:
            (size,) = struct.unpack_from("<I", tail, end + 12)
        if 0 <= large <= len(tail) - 56:
            (size,) = struct.unpack_from("<Q", tail, large + 40)
        if size > _MOST_ENTRIES * 2 * _SHORTEST_RECORD:
            raise DataError(
                f"{self.title} has about {size // _SHORTEST_RECORD:,} entries, more than the {_MOST_ENTRIES:,} "
                "allowed; unpack it and add parts of it."
            )

    @staticmethod
    def _reason(row: zipfile.ZipInfo) -> str:
        kind = stat.S_IFMT(row.external_attr >> 16)
        if kind == stat.S_IFLNK:
            return "a link, which is not followed"
        if kind not in (0, stat.S_IFREG):
            return "not a regular file"
        if row.flag_bits & _SECRET:
            return "encrypted; unpack the archive with its password and add the folder"
        return _TOO_LARGE if row.file_size > MAX_FILE_BYTES else ""

    def payloads(self, wanted: Iterable[int]) -> Iterator[Payload]:
        """For each wanted number: the number, the entry's content, and the reason where it is refused."""
        with unpacking(self.title), zipfile.ZipFile(self.path) as archive:
            for index in wanted:
                row = self._entries[index]
                try:
                    with archive.open(row) as file:
                        head = file.read(HEAD_BYTES)
                        reason = self._refusal(head, self.names[index])
                        content = b"" if reason else head + file.read(row.file_size)
                except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError) as error:
                    content, reason = b"", f"its entry in the archive is damaged ({error})"
                except (NotImplementedError, RuntimeError) as error:
                    content, reason = b"", f"its entry in the archive cannot be read ({error})"
                yield index, content, reason


def _open_plain(path: Path) -> BinaryIO:
    return open(path, "rb")


_OPENERS: tuple[tuple[bytes, Callable[[Path], Any]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\0", lzma.open),
)


class TarSource(_Source):
    """The files in a tar archive, compressed or not; it is read from front to back, once for each pass.

    Args:
        path: The archive.
        looked: Called with the number of entries so far.
        refusal: Says of a file's first bytes and its name why it cannot be an item.

    Raises:
        DataError: If it is damaged or a bomb.
    """

    def __init__(self, path: Path, looked: Callable[[int], None], refusal: Refusal) -> None:
        super().__init__(path, refusal)
        self._places: list[int] = []
        with self._members() as members:
            for place, (row, _) in enumerate(members):
                if place % 1000 == 0:
                    looked(place)
                name = clean_name(row.name)
                if row.isdir() or _is_clutter(name):
                    continue
                if self._take(name, self._reason(row)):
                    self._places.append(place)

    @contextmanager
    def _members(self) -> Iterator[Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]]:
        def walk() -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
            while (row := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # it would keep every entry in memory
                yield row, archive
            # An archive ends with a block of zeros; tarfile takes a damaged header, or no more data, for the end too.
            if any(stream.last):
                raise tarfile.ReadError("a damaged header")
            if not stream.last:
                raise tarfile.ReadError("no mark of the end")

        with unpacking(self.title):
            with open(self.path, "rb") as file:
                head = file.read(8)
            opener = next((opener for magic, opener in _OPENERS if head.startswith(magic)), _open_plain)
            raw = opener(self.path)
            with (
                Metered(raw, self.title, os.path.getsize(self.path)) as stream,
                tarfile.open(fileobj=cast("BinaryIO", stream), mode="r:") as archive,
            ):
                yield walk()

    @staticmethod
    def _reason(row: tarfile.TarInfo) -> str:
        if row.issym() or row.islnk():
            return "a link, which is not followed"
        if not row.isreg() or row.issparse():
            return "not a regular file"
        return _TOO_LARGE if row.size > MAX_FILE_BYTES else ""

    def payloads(self, wanted: Iterable[int]) -> Iterator[Payload]:
        """For each wanted number, in ascending order: the number, the entry's content, the reason of a refusal."""
        targets = iter(wanted)
        index = next(targets, None)
        with self._members() as members:
            for place, (row, archive) in enumerate(members):
                if index is None:
                    return
                if place != self._places[index]:
                    continue
                file = archive.extractfile(row)
                head = file.read(HEAD_BYTES) if file else b""
                reason = self._refusal(head, self.names[index])
                content = head + file.read() if file and not reason else b""
                if not reason and len(content) != row.size:
                    reason = "its entry in the archive is cut short"
                yield index, content, reason
                index = next(targets, None)
        if index is not None:
            raise DataError(f"{self.title} changed while it was read; add it again.")
