"""What a person chooses of the columns of a table before it is imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from studio.core.event import ColumnFound
from studio.core.modality import ColumnKind
from studio.core.words import number_of
from studio.data.table.column_request import ColumnRequest
from studio.data.table.text_format import TextFormat

__all__ = ["KIND_WORDS", "ColumnDraft", "ColumnRow"]

KIND_WORDS: dict[str, str] = {
    "number": "Number",
    "whole": "Whole number",
    "category": "Category",
    "boolean": "Yes or no",
    "date": "Date",
}
_LEFT_OUT = "left out: "


@dataclass(frozen=True)
class ColumnRow:
    """One column as it is shown.

    Attributes:
        name: Its name.
        kind: What it is imported as; of one that is left out what it would be.
        kinds: What it can be; none for one that cannot be imported.
        found: What is in its cells, in words.
        note: What to know of it, in words; empty for nothing.
        included: Whether it is imported.
        is_class: Whether it is the class.
    """

    name: str
    kind: str
    kinds: tuple[str, ...]
    found: str
    note: str
    included: bool
    is_class: bool


class ColumnDraft:
    """The choices, and what was found; a choice stands until another is made, whatever is found later."""

    def __init__(self) -> None:
        self._found: list[ColumnFound] = []
        self._kinds: dict[str, ColumnKind] = {}
        self._without: set[str] = set()
        self._label = ""

    def clear(self) -> None:
        """Forget choices and columns."""
        self._found = []
        self.choose(ColumnRequest())

    def choose(self, request: ColumnRequest) -> None:
        """Take over the choices of an earlier request."""
        self._kinds, self._without, self._label = dict(request.kinds), set(request.without), request.label

    def show(self, found: Sequence[ColumnFound]) -> None:
        """Take in what was found; choices of columns that are not there any more, as of another format, go."""
        self._found = list(found)
        names = {column["name"] for column in found}
        self._kinds = {name: kind for name, kind in self._kinds.items() if name in names}
        self._without &= names
        self._label = self._label if self._label in names else ""

    @property
    def rows(self) -> list[ColumnRow]:
        """The columns as they are shown."""
        return [self._row(column) for column in self._found]

    def _row(self, column: ColumnFound) -> ColumnRow:
        name = column["name"]
        kind = self._kinds.get(name) or column["kind"] or _likeliest(column["kinds"])
        included = name not in self._without and bool(self._kinds.get(name) or column["kind"])
        is_class = name == self._label
        said = column["said"]
        if said.startswith(_LEFT_OUT) and (included or is_class):
            said = said.removeprefix(_LEFT_OUT)
        note = "it is the class" if is_class else said
        return ColumnRow(
            name,
            kind,
            tuple(column["kinds"]),
            column["found"],
            note[:1].upper() + note[1:],
            included or is_class,
            is_class,
        )

    @property
    def labels(self) -> list[str]:
        """Names of the columns that can be the class."""
        return [column["name"] for column in self._found if "category" in column["kinds"]]

    @property
    def label(self) -> str:
        """The column that is the class; empty for none."""
        return self._label

    @property
    def summary(self) -> str:
        """How many columns are imported, in words."""
        rows = self.rows
        kept = sum(row.included for row in rows)
        return f"{kept:,} of {number_of(len(rows), 'column')}"

    def set_kind(self, name: str, kind: str) -> None:
        """Make a column something else; it is imported."""
        known = next((each for each in get_args(ColumnKind) if each == kind), None)
        if known is not None:
            self._kinds[name] = known
            self._without.discard(name)

    def set_included(self, name: str, included: bool) -> None:
        """Import a column, or leave it out."""
        found = next(column for column in self._found if column["name"] == name)
        if not included:
            self._without.add(name)
            return
        self._without.discard(name)
        if not found["kind"] and found["kinds"]:
            self.set_kind(name, self._kinds.get(name) or _likeliest(found["kinds"]))

    def set_label(self, name: str) -> None:
        """Make a column the class, or none by an empty name."""
        self._label = name

    def request(self, text: TextFormat) -> ColumnRequest:
        """What is asked of the import; ``text`` is the format that the person says."""
        return ColumnRequest(
            kinds=dict(self._kinds), without=tuple(sorted(self._without)), label=self._label, text=text
        )


def _likeliest(kinds: Sequence[str]) -> str:
    """What a column that would be left out is when it is asked for."""
    return next((kind for kind in ("whole", "date", "category") if kind in kinds), kinds[0] if kinds else "")
