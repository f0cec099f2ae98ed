"""What a person asks of the columns of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from studio.core.bounded import Name
from studio.core.errors import SettingsError
from studio.core.modality import ColumnKind
from studio.core.modality.table import MOST_COLUMNS
from studio.data.table.text_format import DATES, DELIMITERS, TextFormat

__all__ = ["KINDS", "ColumnRequest", "read_kinds", "read_text_format"]

KINDS: tuple[ColumnKind, ...] = ("number", "whole", "category", "boolean", "date")


class ColumnRequest(BaseModel):
    """What a person asks of the columns of a table; what is not asked is found.

    Attributes:
        kinds: What columns are, by their names; one that would be left out comes in.
        without: Columns that are left out.
        label: The column that is the class; empty for none.
        text: How a table in text is written.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kinds: Annotated[dict[Name, ColumnKind], Field(max_length=MOST_COLUMNS)] = Field(default_factory=dict)
    without: Annotated[tuple[Name, ...], Field(max_length=MOST_COLUMNS)] = ()
    label: Name = ""
    text: TextFormat = TextFormat()


def read_kinds(words: Sequence[str]) -> dict[str, ColumnKind]:
    """Kinds of columns as people write them, NAME=KIND; a name may hold ``=`` itself.

    Raises:
        SettingsError: If one is not of that form, or of a kind that there is not.
    """
    found: dict[str, ColumnKind] = {}
    for word in words:
        name, mark, wanted = word.rpartition("=")
        kind = next((kind for kind in KINDS if kind == wanted.strip()), None)
        if not mark or not name or kind is None:
            raise SettingsError(f"'{word}' is not NAME=KIND with a KIND of {', '.join(KINDS)}.")
        found[name] = kind
    return found


def read_text_format(delimiter: str, encoding: str, header: str, decimal: str, dates: str = "") -> TextFormat:
    """A format as people write it; empty words are to be found.

    Args:
        delimiter: A key of ``DELIMITERS``.
        encoding: Name of an encoding.
        header: ``yes`` or ``no``.
        decimal: ``point`` or ``comma``.
        dates: A key of ``DATES``.

    Raises:
        SettingsError: If there is no such encoding.
    """
    if encoding:
        try:
            "".encode(encoding)
        except (LookupError, UnicodeError, ValueError):
            raise SettingsError(f"There is no encoding '{encoding}'; utf-8, utf-16 and cp1252 are common.") from None
    return TextFormat.model_validate(
        {
            "delimiter": DELIMITERS.get(delimiter, ""),
            "encoding": encoding,
            "header": {"yes": True, "no": False}.get(header),
            "decimal": {"point": ".", "comma": ","}.get(decimal, ""),
            "dates": DATES.get(dates, ""),
        }
    )
