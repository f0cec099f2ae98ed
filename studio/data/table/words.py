"""Reads words as numbers, and as dates, a column at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["DATE_ORDERS", "NO_VALUES", "Parsed", "date_shape", "days_of", "decimals_of", "numbers_of"]

# What stands for a missing number or date. Among words an empty cell alone is missing: NA may be a country.
NO_VALUES = (
    *("", "NA", "N/A", "n/a", "na", "#N/A", "<NA>", "NaN", "nan", "NAN", "-nan", "-NaN"),
    *("null", "NULL", "Null", "None", "none", "NONE", "?", "-", "--", "."),
)
DATE_ORDERS = ("ymd", "dmy", "mdy")
_NUMBER = r"^[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|(?i:inf|infinity))$"
_GROUPED = {".": r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$", ",": r"^[+-]?\d{1,3}(\.\d{3})+(,\d*)?$"}
_TIME = r"(?:[T ]+(?P<h>\d{1,2}):(?P<n>\d{2})(?::(?P<s>\d{2}(?:\.\d+)?))?\s?(?P<z>Z|[+-]\d{2}:?\d{2})?)?$"
_SHAPES = {
    "y": r"^(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})" + _TIME,
    "d": r"^(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})" + _TIME,
}
# Made once: Arrow looks for pandas whenever it is handed a value of Python's.
_NO_VALUE_SET = pa.array(NO_VALUES, pa.string())
_NULL, _EMPTY, _MINUS = pa.scalar(None, pa.string()), pa.scalar(""), pa.scalar("-")
_ZERO, _ONE, _FALSE = pa.scalar(0, pa.int32()), pa.scalar(1, pa.int32()), pa.scalar(False)
_MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True)
class Parsed:
    """Words read as values.

    Attributes:
        values: The values, float64 (N,); NaN where there is none.
        missing: Where a cell says that there is none, bool (N,).
    """

    values: npt.NDArray[np.float64]
    missing: npt.NDArray[np.bool_]

    @property
    def bad(self) -> npt.NDArray[np.bool_]:
        """Where a cell is neither, bool (N,)."""
        return np.isnan(self.values) & ~self.missing


def _flags(array: Any) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = array.to_numpy(zero_copy_only=False)
    return found


def _floats(array: Any) -> npt.NDArray[np.float64]:
    found: npt.NDArray[np.float64] = pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False)
    return found


def _missing(words: Any) -> Any:
    return pc.is_in(words, value_set=_NO_VALUE_SET)


def _plain(words: Any, decimal: str) -> Any:
    """Numbers with a decimal point, and without what parts thousands; a comma among them only where it is decimal."""
    other = "." if decimal == "," else ","
    if pc.any(pc.match_substring(words, other)).as_py():
        grouped = pc.match_substring_regex(words, _GROUPED[decimal])
        words = pc.if_else(grouped, pc.replace_substring(words, other, ""), words)
    return pc.replace_substring(words, ",", ".") if decimal == "," else words


def numbers_of(words: Any, decimal: str = ".") -> Parsed:
    """Read words as numbers; one that is infinite, or larger than 64 bits hold, is infinite.

    Args:
        words: Arrow array of strings, none of them null.
        decimal: What parts the whole of a number from its decimals.
    """
    gone = _missing(words)
    there = pc.if_else(gone, _NULL, _plain(words, decimal))
    try:
        values = _floats(there)
    except pa.ArrowInvalid:
        values = _floats(pc.if_else(pc.match_substring_regex(there, _NUMBER), there, _NULL))
    return Parsed(values, _flags(gone))


def decimals_of(words: Any, decimal: str = ".") -> int:
    """The most decimals that a number among words is written with; 99 where one is written with an exponent."""
    if pc.any(pc.match_substring_regex(words, r"\d[eE][+-]?\d")).as_py():
        return 99
    point = pc.find_substring(words, decimal)
    behind = pc.subtract(pc.subtract(pc.utf8_length(words), point), _ONE)
    most = pc.max(pc.if_else(pc.greater_equal(point, _ZERO), behind, _ZERO)).as_py()
    return int(most or 0)


def date_shape(words: Any) -> str:
    """Whether most words are dates that begin with the year, ``y``, or with day or month, ``d``; empty for neither."""
    there = words.filter(pc.invert(_missing(words)))[:1000]
    for shape, pattern in _SHAPES.items():
        share = pc.mean(pc.cast(pc.match_substring_regex(there, pattern), pa.float64())).as_py() if len(there) else None
        if share is not None and share > 0.5:
            return shape
    return ""


def days_of(words: Any, order: str) -> Parsed:
    """Read words as days since 1970, the time of day as their part; in universal time where a zone is given.

    Args:
        words: Arrow array of strings, none of them null.
        order: One of ``DATE_ORDERS``: where year, month and day stand.
    """
    found = pc.extract_regex(words, _SHAPES["y" if order == "ymd" else "d"])

    def part(name: str, default: float) -> npt.NDArray[np.float64]:
        values = _numbers(pc.struct_field(found, name))
        return np.where(np.isnan(values), default, values)

    gone = _flags(_missing(words))
    year, month, day = part("y", -1), part("m", 0), part("d", 0)
    if order == "mdy":
        month, day = day, month
    hour, minute, second = part("h", 0), part("n", 0), part("s", 0)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    fine = (year >= 1) & (month >= 1) & (month <= 12)
    lasts = _MONTH_DAYS[np.where(fine, month, 1).astype(np.int64) - 1] + (leap & (month == 2))
    fine &= (day >= 1) & (day <= lasts) & (hour < 24) & (minute < 60) & (second < 61)
    months = np.where(fine, (year - 1970) * 12 + month - 1, 0).astype(np.int64).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64).astype(np.float64)
    seconds = hour * 3600 + minute * 60 + second - _zone_seconds(found)
    days = first + day - 1 + seconds / 86400
    return Parsed(np.where(fine & ~gone, days, np.nan), gone)


def _zone_seconds(found: Any) -> npt.NDArray[np.float64]:
    """How far the zone of each date is ahead of universal time."""
    zone = pc.fill_null(pc.struct_field(found, "z"), _EMPTY)
    if not pc.any(pc.match_substring_regex(zone, r"^[+-]")).as_py():
        return np.zeros(len(zone))
    digits = pc.extract_regex(zone, r"^(?P<g>[+-])(?P<h>\d{2}):?(?P<n>\d{2})$")
    hours, minutes = (np.nan_to_num(_numbers(pc.struct_field(digits, name))) for name in ("h", "n"))
    behind = _flags(pc.fill_null(pc.equal(pc.struct_field(digits, "g"), _MINUS), _FALSE))
    return np.where(behind, -1.0, 1.0) * (hours * 3600 + minutes * 60)


def _numbers(parts: Any) -> npt.NDArray[np.float64]:
    """Parts of dates as numbers, NaN where there is none."""
    return _floats(pc.if_else(pc.equal(parts, _EMPTY), _NULL, parts))
