"""Tables: what the rows of a data set of columns have in common. Points are a table of two columns."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from studio.core.bounded import Name
from studio.core.modality.column import Column, named_columns
from studio.core.modality.spec import DataSpec, ViewKind
from studio.core.noise import noise
from studio.core.words import number_of

__all__ = ["MOST_COLUMNS", "TableSpec"]

MOST_COLUMNS = 1000
_LANE = 1000
_SHARE_MISSING = 0.1
_AROUND = 0.05


class TableSpec(DataSpec):
    """Rows of K cells, float32 (K,), each as its column says.

    Attributes:
        columns: The columns, in their order.
        class_column: Name of the column that is the class, where there is one; it is none of ``columns``.
        class_place: Place of that column among all, from 0.
    """

    views: ClassVar[tuple[ViewKind, ...]] = ("vector", "tokens")
    dtype: ClassVar[Literal["uint8", "int16", "float32"]] = "float32"
    noun: ClassVar[str] = "row"
    together: ClassVar[bool] = True

    modality: Literal["table"] = "table"
    columns: Annotated[tuple[Column, ...], Field(min_length=1, max_length=MOST_COLUMNS)]
    class_column: Name = ""
    class_place: Annotated[int, Field(ge=0, le=MOST_COLUMNS)] = 0

    @model_validator(mode="before")
    @classmethod
    def _read(cls, document: Any) -> Any:
        return named_columns(document)

    @model_validator(mode="after")
    def _check(self) -> TableSpec:
        if self.shape != (len(self.columns),):
            raise ValueError(f"rows of {len(self.columns)} columns have the shape ({len(self.columns)},)")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def largest(self) -> None:
        """None: cells are real numbers."""

    @property
    def size(self) -> str:
        """Number of columns in words, such as ``2 columns``."""
        return number_of(len(self.columns), "column")

    def shown(self, column: int) -> tuple[float, float]:
        """What pictures show of a column: all of its training values, and a little around; about 0 to 1 without."""
        low, high = self.columns[column].span
        around = _AROUND * (high - low or 1.0)
        return low - around, high + around

    @property
    def is_plane(self) -> bool:
        """Whether every row is a point of the plane: two columns of numbers that are there and have their knots."""
        return len(self.columns) == 2 and all(column.knots and not column.missing for column in self.columns)

    def plane(self, side: int) -> npt.NDArray[np.float32]:
        """Points of a grid over what pictures show of two columns, (side * side, 2), the highest row first."""
        (left, right), (low, high) = self.shown(0), self.shown(1)
        steps = (np.arange(side) + 0.5) / side
        across, down = np.meshgrid(left + (right - left) * steps, high - (high - low) * steps)
        return np.stack([across.ravel(), down.ravel()], 1).astype(np.float32)

    def examples(self, count: int, seed: int) -> npt.NDArray[Any]:
        """Rows of any categories, and of values between the outermost knots or a tenth of that beyond."""
        share = noise(seed, range(count), self.shape, "uniform", _LANE)
        empty = noise(seed, range(count), self.shape, "uniform", _LANE + 1) < _SHARE_MISSING
        rows = np.empty((count, len(self.columns)), np.float32)
        for place, column in enumerate(self.columns):
            low, high = column.span
            if column.is_coded:
                values = np.floor(share[:, place] * len(column.categories))
            else:
                values = low + (share[:, place] * 1.2 - 0.1) * (high - low)
                values = np.rint(values / column.step) * column.step if column.step else values
            rows[:, place] = np.where(empty[:, place] & column.missing, np.nan, values)
        return rows
