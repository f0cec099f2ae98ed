"""What is known of an item that is to be completed: an array that travels as an array, in memory and in JSON."""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

__all__ = ["KnownValues"]

_LARGEST_BYTES = 2**27
_MOST_AXES = 8
_STORED = ("int16", "int64", "float32")


class KnownValues:
    """Values of an item as stored where they are known; whole numbers are -1 where it is free, real ones NaN.

    In JSON they are an object of ``dtype``, ``shape`` and ``data``: the numbers in C order, little-endian, compressed
    by zlib, in base64. A plain list of numbers, which documents of before hold, is read too. It says no shape, so two
    are equal that hold the same numbers in C order.

    Args:
        values: Whole or real numbers, of an item's shape.

    Attributes:
        values: The same as int64 or float32; read only.
    """

    __slots__ = ("values",)

    def __init__(self, values: npt.ArrayLike) -> None:
        real = np.asarray(values).dtype.kind == "f"
        self.values: npt.NDArray[Any] = np.array(values, np.float32 if real else np.int64)
        self.values.setflags(write=False)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, KnownValues) or self.values.dtype != other.values.dtype:
            return False
        return np.array_equal(self.values.ravel(), other.values.ravel(), equal_nan=True)

    def __hash__(self) -> int:
        return hash(self.values.tobytes())

    def __repr__(self) -> str:
        return f"KnownValues({self.num_known} of {self.values.size} known)"

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which of the values are known."""
        return ~np.isnan(self.values) if self.values.dtype.kind == "f" else self.values >= 0

    @property
    def num_known(self) -> int:
        """How many of the values are known."""
        return int(self.known.sum())

    def shaped(self, shape: Sequence[int]) -> KnownValues:
        """The same values in the shape of an item; they have to be as many."""
        return KnownValues(self.values.reshape(shape))

    def to_json(self) -> dict[str, Any]:
        """The values as an object of JSON."""
        dtype = self.values.dtype.name
        if dtype == "int64" and (np.abs(self.values) < 2**15).all():
            dtype = "int16"
        packed = zlib.compress(self.values.astype(np.dtype(dtype).newbyteorder("<")).tobytes())
        return {"dtype": dtype, "shape": list(self.values.shape), "data": base64.b64encode(packed).decode()}

    @classmethod
    def from_json(cls, value: object) -> KnownValues:
        """Read what ``to_json`` wrote, or a plain list; they may be anybody's.

        Raises:
            ValueError: If it is neither.
        """
        if isinstance(value, KnownValues):
            return value
        if isinstance(value, list | tuple):
            return cls(_whole_numbers(value))
        if not isinstance(value, dict) or value.get("dtype") not in _STORED or not isinstance(value.get("data"), str):
            raise ValueError("known values are neither an array nor a list of whole numbers")
        dtype, shape = np.dtype(value["dtype"]).newbyteorder("<"), value.get("shape")
        if not isinstance(shape, list | tuple) or len(shape) > _MOST_AXES or not all(_is_whole(one) for one in shape):
            raise ValueError("the shape of known values is none")
        size = math.prod(shape) * dtype.itemsize
        if min(shape, default=0) < 0 or size > _LARGEST_BYTES:
            raise ValueError(f"known values may have {_LARGEST_BYTES} bytes at most")
        try:
            # One byte more than wanted, and so never what a small text may swell to.
            data = zlib.decompressobj().decompress(base64.b64decode(value["data"], validate=True), size + 1)
        except zlib.error as error:
            raise ValueError(f"known values cannot be unpacked: {error}") from None
        if len(data) != size:
            raise ValueError(f"known values have {len(data)} bytes where their shape says {size}")
        return cls(np.frombuffer(data, dtype).reshape(shape))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Tell pydantic how it is read and written."""
        written = core_schema.plain_serializer_function_ser_schema(cls.to_json, when_used="json")
        return core_schema.no_info_plain_validator_function(cls.from_json, serialization=written)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _whole_numbers(values: Sequence[Any]) -> list[int]:
    if not all(_is_whole(value) for value in values):
        raise ValueError("known values are no list of whole numbers")
    return list(values)
