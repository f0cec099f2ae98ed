"""What a person asks of an import, as it travels to the importer process."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, field_validator

from studio.core.errors import SettingsError
from studio.core.modality import Modality
from studio.core.noise import MAX_SEED
from studio.data.table.column_request import ColumnRequest
from studio.data.text.request import TextRequest

__all__ = ["EXAMPLES", "MAX_SIDE", "PREFIX", "ImportRequest", "parse_size"]

MAX_SIDE = 1024
# Of a path that means a data set that ships with the studio, and which there are.
PREFIX = "example:"
EXAMPLES = ("digits", "eight-gaussians", "checkerboard", "two-moons", "spirals", "rings", "iris")


def _text(value: Any) -> str:
    # Pydantic's own check refuses the lone surrogates by which Python names files whose names are not UTF-8.
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("a path must be text without NUL")
    return value


FileName = Annotated[str, PlainValidator(_text)]


class ImportRequest(BaseModel):
    """What to import, and how.

    Attributes:
        workspace: The workspace that gets the data set.
        paths: Folders, images, archives, IDX files, arrays, files of text or the file of a table, or ``example:`` and
            the name of one of ``EXAMPLES``; names that are not UTF-8 hold surrogates, as ``os.fsdecode`` makes them.
        modality: What the paths must hold; None for whatever they do.
        name: Name of the data set; None for that of the first path.
        size: (height, width) of every item in pixels, each 1 to 1024; None for the native size where it is small.
        fit: How an image of another shape is brought to size.
        channels: Grey or RGB; auto is grey when every image is.
        background: What shows through transparent pixels and fills the margins of ``pad``.
        table: What is asked of the columns of a table.
        text: What is asked of texts.
        seed: Seed of the shares that become validation and test.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    workspace: Path
    paths: tuple[FileName, ...] = Field(min_length=1)
    modality: Modality | None = None
    name: str | None = None
    size: tuple[int, int] | None = None
    fit: Literal["crop", "pad", "stretch"] = "crop"
    channels: Literal["auto", "grey", "rgb"] = "auto"
    background: Literal["white", "black"] = "white"
    table: ColumnRequest = ColumnRequest()
    text: TextRequest = TextRequest()
    seed: int = Field(0, ge=0, le=MAX_SEED)

    @field_validator("size")
    @classmethod
    def _bounded(cls, size: tuple[int, int] | None) -> tuple[int, int] | None:
        if size is not None and not all(1 <= side <= MAX_SIDE for side in size):
            raise ValueError(f"each side must lie between 1 and {MAX_SIDE} pixels")
        return size

    @property
    def fill(self) -> int:
        """The background as a grey level."""
        return 255 if self.background == "white" else 0

    def to_json(self) -> str:
        """The request as ASCII JSON; any file name survives the journey."""
        return json.dumps(self.model_dump(mode="json"))

    @classmethod
    def from_json(cls, text: str | bytes) -> ImportRequest:
        """Read a request.

        Raises:
            SettingsError: If it is not one.
        """
        try:
            return cls.model_validate(json.loads(text))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the request"
            raise SettingsError(
                f"The import cannot start: {where}: {first['msg'].removeprefix('Value error, ')}."
            ) from None
        except (ValueError, RecursionError):
            raise SettingsError("The import cannot start: its request is not JSON.") from None


def parse_size(text: str) -> tuple[int, int]:
    """Read a size as people write it.

    Args:
        text: ``32`` for a square, or ``WIDTHxHEIGHT`` such as ``48x32``.

    Returns:
        (height, width) in pixels.

    Raises:
        SettingsError: If it is not a size, or a side is not 1 to 1024.
    """
    found = re.fullmatch(r"\s*(\d{1,9})\s*(?:[xX\u00d7]\s*(\d{1,9})\s*)?", text, re.ASCII)
    if found is None:
        raise SettingsError(f"'{text}' is not a size: write one side such as 32, or width x height such as 48x32.")
    width = int(found[1])
    height = int(found[2] or width)
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise SettingsError(f"The size '{text}' is out of bounds: each side must lie between 1 and {MAX_SIDE} pixels.")
    return height, width
