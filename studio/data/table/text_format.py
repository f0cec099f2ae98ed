"""How the rows of a table in text are written: what parts its cells, how they are quoted, and by which bytes."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["DATES", "DELIMITERS", "TextFormat"]

DATES: dict[str, Literal["dmy", "mdy"]] = {"day-first": "dmy", "month-first": "mdy"}
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_QUOTES = {'"': "double", "'": "single"}


class TextFormat(BaseModel):
    """What a person says of a table in text, or what was found of it; empty is to be found.

    Attributes:
        delimiter: What parts the cells of a row, one of the values of ``DELIMITERS``.
        quote: What stands around a cell that holds a delimiter.
        encoding: Name of the encoding as Python knows it.
        header: Whether the first row holds the names of the columns.
        decimal: What parts the whole of a number from its decimals.
        dates: Whether day or month stands first in dates that do not begin with the year.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    delimiter: Literal["", ",", ";", "\t", "|"] = ""
    quote: Literal["", '"', "'"] = ""
    encoding: str = Field("", max_length=40)
    header: bool | None = None
    decimal: Literal["", ".", ","] = ""
    dates: Literal["", "dmy", "mdy"] = ""

    @property
    def words(self) -> str:
        """The format for people, such as ``cells parted by a semicolon, decimal commas, names in the first row``."""
        named = {value: name for name, value in DELIMITERS.items()}
        parts = [f"cells parted by a {named[self.delimiter]}"] if self.delimiter else []
        parts += [f"{_QUOTES[self.quote]} quotes"] if self.quote else []
        parts += [f"decimal {'commas' if self.decimal == ',' else 'points'}"] if self.decimal else []
        if self.header is not None:
            parts.append("names in the first row" if self.header else "no names in the first row")
        return ", ".join([*parts, self.encoding.upper()] if self.encoding else parts)
