"""What a person asks of texts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from studio.core.bounded import Name
from studio.core.modality.text import BYTES, LONGEST_TEXT, MOST_SYMBOLS

__all__ = ["UNITS", "TextRequest", "Unit"]

Unit = Literal["line", "paragraph", "window", "file"]
UNITS: tuple[Unit, ...] = ("line", "paragraph", "window", "file")


class TextRequest(BaseModel):
    """What a person asks of texts; what is not asked is found.

    Attributes:
        unit: What becomes a text: a line, a paragraph between blank lines, a window of whole words, or a file.
        window: Characters of a window, at most.
        encoding: Name of the encoding as Python knows it; empty to find it.
        vocabulary: Tokens that the tokenizer learns at most; ``BYTES`` for bytes alone, None for what suits the size.
        longest: Most tokens of a text, the end counted; longer texts are refused.
        column: The column of a table that holds the texts; empty for the files of text themselves.
        source: What each text is made from: the column of a table, or a file of text whose lines belong to those of the
            other; empty where texts have no source.
        label: The column that is the class; empty for none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: Unit | None = None
    window: Annotated[int, Field(ge=16, le=8192)] = 400
    encoding: Annotated[str, Field(max_length=40)] = ""
    vocabulary: Annotated[int, Field(ge=BYTES, le=MOST_SYMBOLS)] | None = None
    longest: Annotated[int, Field(ge=2, le=LONGEST_TEXT)] = LONGEST_TEXT
    column: Name = ""
    source: Name = ""
    label: Name = ""
