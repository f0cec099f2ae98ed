"""Finds out what a person's paths are: images in folders, files and archives, arrays, a table, or texts."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from studio.core.errors import DataError, explain
from studio.data.archive import TarSource, ZipSource
from studio.data.array import ArrayPart
from studio.data.array_file import open_arrays
from studio.data.example import open_example
from studio.data.folder import FileSource, Payload, scan
from studio.data.image.idx import is_idx_name, looks_like_idx, open_idx
from studio.data.image.sniff import claims_image, refusal
from studio.data.request import PREFIX
from studio.data.table.endings import TABLE_ENDINGS, TableFormat
from studio.data.tree import printable

__all__ = ["Arrays", "Files", "Source", "TableFile", "TextFiles", "find_source", "is_read", "name_of"]

_TABLE_MAGIC: dict[bytes, TableFormat] = {b"PAR1": "parquet", b"ARROW1": "arrow"}
_TEXTS = (".txt", ".text", ".md", ".markdown")
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")


class _Source(Protocol):
    names: list[str]
    refused: list[tuple[str, str]]

    def payloads(self, wanted: Iterable[int]) -> Iterator[Payload]: ...


@dataclass
class Files:
    """Image files, one after another from several sources.

    Attributes:
        name: Name for the data set, where the person gives none.
        names: Name of each file, with '/' between folders.
        refused: Files that were refused while looking: (name, reason).
        wraps: Whether one folder around everything is looked through.
    """

    name: str
    names: list[str]
    refused: list[tuple[str, str]]
    wraps: bool
    _sources: list[_Source]

    def payloads(self, wanted: Iterable[int]) -> Iterator[Payload]:
        """For each wanted number, ascending: the number, its path or content, and the reason where it is refused."""
        targets = list(wanted)
        start = position = 0
        for source in self._sources:
            end = start + len(source.names)
            local = []
            while position < len(targets) and targets[position] < end:
                local.append(targets[position] - start)
                position += 1
            for index, payload, reason in source.payloads(local) if local else ():
                yield index + start, payload, reason
            start = end


@dataclass
class Arrays:
    """Arrays of images, or of the rows of a table.

    Attributes:
        name: Name for the data set, where the person gives none.
        parts: The arrays.
        licence: Licence note, where the source has one.
        refused: Files beside them that were refused: (name, reason).
    """

    name: str
    parts: list[ArrayPart]
    licence: str = ""
    refused: list[tuple[str, str]] = field(default_factory=list)

    @property
    def are_rows(self) -> bool:
        """Whether they hold the rows of a table."""
        return all(part.noun == "row" for part in self.parts)


@dataclass
class TableFile:
    """A table in one file.

    Attributes:
        name: Name for the data set, where the person gives none.
        path: The file.
        format: How it is written; ``csv`` for text whatever parts its cells.
        licence: Licence note; a file has none.
    """

    name: str
    path: Path
    format: TableFormat = "csv"
    licence: str = ""


@dataclass
class TextFiles:
    """Files of text.

    Attributes:
        name: Name for the data set, where the person gives none.
        paths: The files.
        names: What they are called, with '/' between folders.
        wraps: Whether one folder around everything is looked through.
        refused: Files beside them that were refused: (name, reason).
    """

    name: str
    paths: list[Path]
    names: list[str]
    wraps: bool = False
    refused: list[tuple[str, str]] = field(default_factory=list)


Source = Files | Arrays | TableFile | TextFiles


def _kind(path: Path) -> str:
    """What a path is: folder, zip, tar, array, idx, table, text or image (anything else is tried as one)."""
    shown = printable(str(path))
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return "folder"
        if not stat.S_ISREG(mode):
            raise DataError(f"{shown} is not a regular file or folder; choose one.")
        with open(path, "rb") as file:
            head = file.read(512)
    except FileNotFoundError:
        raise DataError(f"{shown} does not exist; check the path.") from None
    except OSError as error:
        error.filename = None
        raise DataError(f"{shown} cannot be read: {explain(error)}.") from None
    if head.startswith(b"\x93NUMPY") or path.suffix.lower() in (".npy", ".npz"):
        return "array"
    if path.suffix.lower() in TABLE_ENDINGS or head.startswith(tuple(_TABLE_MAGIC)):
        return "table"
    if path.suffix.lower() in _TEXTS:
        return "text"
    if is_idx_name(path.name) or looks_like_idx(path):
        return "idx"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")) or path.suffix.lower() == ".zip":
        return "zip"
    if head[257:262] == b"ustar" or head.startswith(_PACKED) or ".tar" in path.name.lower():
        return "tar"
    return "image"


def _table_format(path: Path) -> TableFormat:
    """How a table is written: as its first bytes say where they do, else as the ending of its name."""
    with open(path, "rb") as file:
        head = file.read(8)
    found = next((format for magic, format in _TABLE_MAGIC.items() if head.startswith(magic)), None)
    return found or TABLE_ENDINGS[path.suffix.lower()]


def is_read(path: Path) -> bool:
    """Whether a file is of a format that the studio reads itself."""
    return _kind(path) != "image" or claims_image(path.name)


def _refuse_workspace(path: Path, workspace: Path) -> None:
    real, home = os.path.realpath(path), os.path.realpath(workspace)
    if os.path.commonpath((real, home)) == real:
        what = "the workspace itself" if real == home else "a folder that contains the workspace"
        raise DataError(f"{printable(str(path))} is {what}; choose the folder that holds your data.")


def name_of(path: Path) -> str:
    """Name for a data set of a file, without the endings of its format."""
    name = path.name
    for ending in (
        ".gz",
        ".bz2",
        ".xz",
        ".tgz",
        ".tbz2",
        ".txz",
        ".tar",
        ".zip",
        ".npz",
        ".npy",
        *TABLE_ENDINGS,
        *_TEXTS,
    ):
        name = name[: -len(ending)] if name.lower().endswith(ending) else name
    return printable(name or path.name or "data")


class _Nested:
    """A source of several, its names below a folder of its own."""

    def __init__(self, folder: str, source: _Source) -> None:
        self.names = [f"{folder}/{name}" for name in source.names]
        self.refused = [(f"{folder}/{name}", reason) for name, reason in source.refused]
        self.payloads = source.payloads


def _open_pictures(
    paths: Sequence[tuple[Path, str]], scanned: dict[Path, FileSource], looked: Callable[[int], None]
) -> Files:
    sources: list[_Source] = []
    wraps = False
    for path, kind in paths:
        if kind == "image":
            real = Path(os.path.realpath(path))  # a link that a person names is meant; links within folders are not
            sources.append(FileSource(real.parent, [real.name], []))
            continue
        source: _Source
        if kind == "folder":
            source = scanned[path]
        else:
            source = (ZipSource if kind == "zip" else TarSource)(path, looked, refusal)
            wraps = len(paths) == 1
        # Several folders dropped together are one folder's children: classes, or train and test.
        sources.append(source if len(paths) == 1 else _Nested(path.name if kind == "folder" else name_of(path), source))
    first = paths[0][0]
    single = len(paths) == 1
    name = (
        name_of(first) if single and paths[0][1] != "folder" else printable(first.name if single else first.parent.name)
    )
    names = [each for source in sources for each in source.names]
    refused = [row for source in sources for row in source.refused]
    return Files(name or "data", names, refused, wraps, sources)


def _open_texts(paths: Sequence[tuple[Path, str]], scanned: dict[Path, FileSource]) -> TextFiles | None:
    """The files of text that paths are or hold; None where there is anything else."""
    files: list[tuple[Path, str]] = []
    refused: list[tuple[str, str]] = []
    for path, kind in paths:
        if kind == "text":
            files.append((path, path.name))
        elif kind == "folder" and all(name.lower().endswith(_TEXTS) for name in scanned[path].names):
            prefix = "" if len(paths) == 1 else f"{path.name}/"
            files += [(path / name, prefix + name) for name in scanned[path].names]
            refused += [(prefix + name, reason) for name, reason in scanned[path].refused]
        else:
            return None
    if not files:
        return None
    first = paths[0][0]
    name = printable(first.name) if paths[0][1] == "folder" else name_of(first)
    return TextFiles(name or "data", [path for path, _ in files], [name for _, name in files], refused=refused)


def find_source(
    paths: Sequence[str], workspace: Path, looked: Callable[[int], None], are_texts: bool = False
) -> Source:
    """Find out what paths are, and list what is there.

    Args:
        paths: What the person gave.
        workspace: The workspace, which is never imported into itself.
        looked: Called now and then with the number of files so far.
        are_texts: Whether a file that is none of anything else is one of text, whatever it is called.

    Raises:
        DataError: If a path is missing, damaged or no data, or kinds are mixed that cannot be one data set.
    """
    if example := next((path for path in paths if path.startswith(PREFIX)), ""):
        if len(paths) > 1:
            raise DataError(f"{printable(example)} is a data set of its own; add the other paths by themselves.")
        name = example.removeprefix(PREFIX)
        return Arrays(name, *open_example(name))
    real = [Path(os.path.abspath(path)) for path in dict.fromkeys(paths)]
    for path in real:
        _refuse_workspace(path, workspace)
    kinds = [(path, _kind(path)) for path in real]
    if are_texts:
        kinds = [(path, "text" if kind == "image" else kind) for path, kind in kinds]
    if len(kinds) > 1 and {kind for _, kind in kinds} == {"table"}:
        raise DataError(f"Add one table at a time: {', '.join(printable(path.name) for path in real[:5])}.")
    if len(kinds) > 1:
        # Beside images a table is a file like any other, which is refused and listed.
        kinds = [(path, "image" if kind == "table" else kind) for path, kind in kinds]
    if any(kind == "text" for _, kind in kinds) and not all(kind in ("text", "folder") for _, kind in kinds):
        kinds = [(path, "image" if kind == "text" else kind) for path, kind in kinds]
    scanned: dict[Path, FileSource] = {}
    idx = [path for path, kind in kinds if kind == "idx"]
    refused: list[tuple[str, str]] = []
    pictures = [(path, kind) for path, kind in kinds if kind in ("image", "zip", "tar")]
    for path in (path for path, kind in kinds if kind == "folder"):
        scanned[path] = FileSource(path, *scan(path, looked))
    if (texts := _open_texts(kinds, scanned)) is not None:
        return texts
    kinds = [(path, "image" if kind == "text" else kind) for path, kind in kinds]
    for path in scanned:
        within = [name for name in scanned[path].names if is_idx_name(name)]
        idx += [path / name for name in within]
        others = [name for name in scanned[path].names if not is_idx_name(name)]
        if not within or any(claims_image(name) for name in others):
            pictures.append((path, "folder"))
        else:
            refused += [*scanned[path].refused, *((name, "not an IDX file") for name in others)]
    arrays = [path for path, kind in kinds if kind == "array"]
    tables = [path for path, kind in kinds if kind == "table"]
    if sum(map(bool, (idx, pictures, arrays, tables))) > 1 or len(arrays) > 1:
        listed = ", ".join(printable(path.name) for path, _ in kinds[:5])
        raise DataError(f"These cannot be one data set: {listed}; add arrays, IDX files and images one kind at a time.")
    if idx:
        home = kinds[0][0] if kinds[0][1] == "folder" else kinds[0][0].parent
        return Arrays(printable(home.name), open_idx(idx), refused=refused)
    if arrays:
        return Arrays(name_of(arrays[0]), open_arrays(arrays[0]))
    if tables:
        return TableFile(name_of(tables[0]), tables[0], _table_format(tables[0]))
    return _open_pictures([row for row in kinds if row in pictures], scanned, looked)
