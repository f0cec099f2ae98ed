"""Finds out how a table in text is written, from its bytes and its first rows."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.core.errors import DataError
from studio.data.table.text_format import TextFormat
from studio.data.tree import printable

__all__ = ["Dialect", "find_dialect"]

_HEAD_BYTES = 2**18
_BLOCK_BYTES = 2**22
_MOST_ROWS = 200
_FEW_ZEROS = 8
# In this order where several part every row alike: a comma may be a decimal one.
_DELIMITERS = ("\t", ";", ",", "|")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?|[+-]?inf|[+-]?nan", re.IGNORECASE)
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b.*")
_COMMA = re.compile(r"[+-]?(\d*),(\d+)")
_POINT = re.compile(r"[+-]?\d*\.\d+")


@dataclass(frozen=True)
class Dialect:
    """How a table in text is written.

    Attributes:
        format: All of it, nothing left open.
        names: What the first row calls the columns; blank where it does not.
        width: Number of columns.
    """

    format: TextFormat
    names: tuple[str, ...]
    width: int


def _encoding(path: Path) -> str:
    """The encoding of a file: what its mark says, UTF-8 where all of it is, else that of Western Windows."""
    utf8, windows = (codecs.getincrementaldecoder(name)() for name in ("utf-8", "cp1252"))
    is_utf8 = is_windows = True
    with open(path, "rb") as file:
        head = file.read(4)
        for mark, name in _MARKS:
            if head.startswith(mark):
                return name
        file.seek(0)
        while (block := file.read(_BLOCK_BYTES)) and (is_utf8 or is_windows):
            last = len(block) < _BLOCK_BYTES
            try:
                is_utf8 and utf8.decode(block, last)
            except UnicodeDecodeError:
                is_utf8 = False
            if not is_utf8 and is_windows:
                try:
                    windows.decode(block)
                except UnicodeDecodeError:
                    is_windows = False
    return "utf-8" if is_utf8 else "cp1252" if is_windows else "latin-1"


def _head(path: Path, encoding: str) -> str:
    """The first rows of a file, whole lines where there are any."""
    with open(path, "rb") as file:
        data = file.read(_HEAD_BYTES)
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(data).removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError):
        raise DataError(f"{printable(path.name)} is not text in {printable(encoding)}; say another encoding.") from None
    if text.count("\0") > max(_FEW_ZEROS, len(text) // 1000):
        raise DataError(f"{printable(path.name)} is no text; its name says that it is a table in text.")
    if len(data) == _HEAD_BYTES and (end := max(text.rfind("\n"), text.rfind("\r"))) >= 0:
        text = text[: end + 1]
    return text


def _rows(text: str, delimiter: str, quote: str) -> list[list[str]]:
    """The first rows of a text that are not blank."""
    rows: list[list[str]] = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote):
            if any(cell.strip() for cell in cells):
                rows.append(cells)
            if len(rows) >= _MOST_ROWS:
                break
    except csv.Error:
        pass
    return rows


def _quote(text: str) -> str:
    """What stands around cells: a single quote only where it does and a double one is nowhere."""
    single = len(re.findall(r"(?:^|[,;\t|])\s*'[^'\n]*'\s*(?=[,;\t|\r\n]|$)", text, re.MULTILINE))
    return "'" if single >= 2 and '"' not in text else '"'


def _delimiter(text: str, quote: str) -> str:
    """What parts most rows into equally many cells, more than one; a tab where nothing does."""
    best, most = "\t", 0.0
    for delimiter in _DELIMITERS:
        rows = _rows(text, delimiter, quote)
        if not rows or len(rows[0]) < 2:
            continue
        counts = Counter(len(cells) for cells in rows)
        width, often = counts.most_common(1)[0]
        # The name of the column of row names is left away by R.
        share = often / len(rows) if width in (len(rows[0]), len(rows[0]) + 1) else counts[len(rows[0])] / len(rows)
        if share > most + 0.05:
            best, most = delimiter, share
    return best


def _decimal(rows: Sequence[Sequence[str]]) -> str:
    """What parts a number from its decimals: a comma where numbers have one, and not as one of thousands."""
    cells = [cell.strip() for row in rows for cell in row]
    if any(_POINT.fullmatch(cell) for cell in cells):
        return "."
    commas = [found for cell in cells if (found := _COMMA.fullmatch(cell))]
    return "," if any(len(found[2]) != 3 or found[1] in ("", "0") for found in commas) else "."


def _is_value(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell) or _DATE.fullmatch(cell))


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: a word stands above numbers, or all are words that come once."""
    first, *others = [[cell.strip() for cell in row] for row in rows]
    if not others:
        return any(cell and not _is_value(cell) for cell in first)
    columns = [[row[place] for row in others if place < len(row) and row[place]] for place in range(len(first))]
    for name, cells in zip(first, columns, strict=True):
        if name and not _is_value(name) and cells and sum(map(_is_value, cells)) * 2 > len(cells):
            return True
    if any(_is_value(cell) for cell in first) or not any(first):
        return False
    named = [name for name in first if name]
    return len(set(named)) == len(named) and not any(
        name in cells for name, cells in zip(first, columns, strict=True) if name
    )


def find_dialect(path: Path, asked: TextFormat) -> Dialect:
    """Find out how a table in text is written, where the person does not say so.

    Args:
        path: The file.
        asked: What the person says.

    Raises:
        DataError: If it is no text in the encoding that the person says.
    """
    encoding = asked.encoding or _encoding(path)
    text = _head(path, encoding)
    quote = asked.quote or _quote(text)
    delimiter = asked.delimiter or _delimiter(text, quote)
    rows = _rows(text, delimiter, quote)
    decimal = asked.decimal or _decimal(rows)
    header = asked.header if asked.header is not None else bool(rows) and _has_header(rows)
    first = rows[0] if rows else []
    usual = Counter(len(cells) for cells in rows[1:]).most_common(1)
    if header and usual and usual[0][0] == len(first) + 1:
        first = ["", *first]
    width = len(first)
    known = TextFormat.model_validate(
        {"delimiter": delimiter, "quote": quote, "encoding": encoding, "header": header, "decimal": decimal}
    )
    return Dialect(known, tuple(cell.strip() for cell in first) if header else ("",) * width, width)
