"""Tables: what the rows of a data set of columns have in common. Points are a table of two columns."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from studio.core.bounded import Name
from studio.core.modality.spec import DataSpec, ViewKind
from studio.core.noise import noise
from studio.core.words import number_of

__all__ = ["MOST_COLUMNS", "Knots", "TableSpec", "rises"]

MOST_COLUMNS = 1000
_LANE = 1000
_MOST_KNOTS = 257
_AROUND = 0.05
_Number = Annotated[float, Field(ge=-3.4e38, le=3.4e38, allow_inf_nan=False)]
# Of each column, in documents.
Knots = Annotated[
    tuple[Annotated[tuple[_Number, ...], Field(max_length=_MOST_KNOTS)], ...], Field(max_length=MOST_COLUMNS)
]


def rises(low: float, high: float) -> bool:
    """Whether two numbers are so far apart that 32 bits hold the slope between them."""
    step = float(np.float32(high)) - float(np.float32(low))
    return step > 1e-30 and step > 1e-6 * max(abs(low), abs(high))


class TableSpec(DataSpec):
    """Rows of K numbers, float32 (K,), each in the unit of its column.

    Attributes:
        columns: Names of the columns.
        knots: For each column, rising values between which equally many rows of the training split lie, about; they
            are the map between a column and the view, so that a run is exported without its data set.
    """

    views: ClassVar[tuple[ViewKind, ...]] = ("vector",)
    dtype: ClassVar[Literal["uint8", "float32"]] = "float32"
    noun: ClassVar[str] = "row"
    together: ClassVar[bool] = True
    judged: ClassVar[bool] = False

    modality: Literal["table"] = "table"
    columns: tuple[Name, ...] = Field(min_length=1, max_length=MOST_COLUMNS)
    knots: Knots = ()

    @model_validator(mode="after")
    def _check(self) -> TableSpec:
        if self.shape != (len(self.columns),):
            raise ValueError(f"rows of {len(self.columns)} columns have the shape ({len(self.columns)},)")
        if self.knots and len(self.knots) != len(self.columns):
            raise ValueError("every column has its knots")
        if any(len(row) < 2 or any(not rises(low, high) for low, high in pairwise(row)) for row in self.knots):
            raise ValueError("the knots of a column are two or more values that rise")
        return self

    @property
    def size(self) -> str:
        """Number of columns in words, such as ``2 columns``."""
        return number_of(len(self.columns), "column")

    def shown(self, column: int) -> tuple[float, float]:
        """What pictures show of a column: from its first knot to its last, and a little around; 0 to 1 without."""
        row = self.knots[column] if self.knots else (0.0, 1.0)
        around = _AROUND * (row[-1] - row[0])
        return row[0] - around, row[-1] + around

    def examples(self, count: int, seed: int) -> npt.NDArray[Any]:
        """Rows whose values lie between the outermost knots of their column, or a tenth of that beyond."""
        share = noise(seed, range(count), self.shape, "uniform", _LANE) * 1.2 - 0.1
        low, high = np.array([(row[0], row[-1]) for row in self.knots or [(0.0, 1.0)] * len(self.columns)]).T
        return (low + share * (high - low)).astype(np.float32)
