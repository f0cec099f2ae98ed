"""Takes the texts of a data set from a column of a table."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from studio.core.errors import DataError
from studio.core.words import one_line
from studio.data.split import TRAIN
from studio.data.table.cells import Block, Cells, Days, Numbers, TableStream, Unread, Words
from studio.data.text.passages import TextBlock
from studio.data.text.request import TextRequest

__all__ = ["ColumnPassages"]

_LOOKED_AT = 10_000


class ColumnPassages:
    """The texts of a column, and the source of each in another; empty cells are passed over.

    Args:
        stream: The table.
        name: What it is called.
        request: The columns of texts, sources and classes; without one for texts, that of the most letters.

    Raises:
        DataError: If there is no such column.
    """

    def __init__(self, stream: TableStream, name: str, request: TextRequest) -> None:
        self._stream, self._name = stream, name
        self._label, self._source = request.label, request.source
        self.total = stream.total
        self.refused: list[tuple[str, str]] = []
        first = next(iter(stream.blocks()), None)
        if first is None or not len(first):
            raise DataError(f"There is nothing to import in {name}: it holds no row.")
        for column in (request.column, request.source, request.label):
            if column and column not in first.cells:
                shown = ", ".join(one_line(each) for each in list(first.cells)[:20])
                raise DataError(f"{name} has no column '{column}'; it has {shown}.")
        self._column = request.column or _longest_words(first, {request.label, request.source})
        self._columns = list(first.cells)
        if not self._column:
            raise DataError(f"{name} has no column of text; name one by --text COLUMN.")

    def name_of(self, place: tuple[int, int]) -> str:
        """The line or row of a text."""
        return self._stream.row_names([place[1]])[0]

    def facts(self) -> list[tuple[str, str]]:
        """The format of the file, and the columns."""
        named = [("Texts", self._column), ("Sources", self._source), ("Class", self._label)]
        return [*self._stream.facts, *((title, f"column '{one_line(name)}'") for title, name in named if name)]

    def columns(self) -> list[str]:
        """Names of the columns that the first rows have."""
        return self._columns

    def blocks(self) -> Iterator[TextBlock]:
        """Read the texts, a block of rows at a time."""
        for rows in self._stream.blocks():
            texts = _as_words(rows.cells.get(self._column), len(rows))
            labels = _as_words(rows.cells.get(self._label), len(rows)) if self._label else [""] * len(rows)
            sources = _as_words(rows.cells.get(self._source), len(rows)) if self._source else texts
            filled = [place for place, text in enumerate(texts) if text.strip() and sources[place].strip()]
            yield TextBlock(
                [unicodedata.normalize("NFC", texts[place]) for place in filled],
                [(0, int(rows.records[place])) for place in filled],
                [labels[place] for place in filled],
                [TRAIN] * len(filled),
                [unicodedata.normalize("NFC", sources[place]) for place in filled] if self._source else [],
                rows.done,
            )
        self.refused = [(self._stream.row_names([record])[0], reason) for record, reason in self._stream.refused]


def _as_words(cells: Cells | None, count: int) -> list[str]:
    """Cells as words, empty where one is missing."""
    match cells:
        case Words():
            words: list[str] = cells.array.to_pylist()
            return words
        case Numbers() | Days():
            return ["" if value != value else f"{value:g}" for value in cells.values.tolist()]
        case Unread() | None:
            return [""] * count


def _longest_words(block: Block, others: set[str]) -> str:
    """The column with the most letters; empty where none has any."""
    found = {
        name: sum(map(str.isalpha, "".join(cells.array[:_LOOKED_AT].to_pylist())))
        for name, cells in block.cells.items()
        if isinstance(cells, Words) and name not in others
    }
    best = max(found, key=lambda name: found[name], default="")
    return best if found.get(best) else ""
