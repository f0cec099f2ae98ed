"""Keeps the smallest, largest and mean value of every metric over ranges of steps, beside the values.

A curve of a million points is then read and drawn at the cost of the pixels it covers: level k holds one row for every
8**k steps, and a reader takes the finest level that has no more rows than it can use. Sums are kept beside extremes, so
that a smoothed line can be drawn from any level.
"""

from __future__ import annotations

import math
import sqlite3
import sys
from collections.abc import Iterable
from typing import NamedTuple

__all__ = [
    "CURRENT",
    "SCHEMA",
    "Bucket",
    "add_to_pyramid",
    "best_of",
    "cut_pyramid",
    "extent",
    "fill_pyramid",
    "newest_of",
    "read_range",
]

_FACTOR = 8
_LEVELS = 6
_ROWS_PER_COLUMN = 4
# Rows that a resumed segment has drawn again are not seen.
CURRENT = "NOT EXISTS (SELECT 1 FROM segments s WHERE s.segment > m.segment AND m.step > s.start_step)"

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS buckets (name TEXT, level INTEGER, bucket INTEGER, count INTEGER, total REAL, "
    "low REAL, high REAL, PRIMARY KEY (name, level, bucket)) WITHOUT ROWID",
)
_UPSERT = (
    "INSERT INTO buckets VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name, level, bucket) DO UPDATE SET "
    "count = count + excluded.count, total = total + excluded.total, "
    "low = min(low, excluded.low), high = max(high, excluded.high)"
)


class Bucket(NamedTuple):
    """The values of one metric over a range of steps.

    Attributes:
        step: Middle of the range.
        mean: Mean of the values.
        low: Smallest value.
        high: Largest value.
    """

    step: float
    mean: float
    low: float
    high: float


def add_to_pyramid(db: sqlite3.Connection, rows: Iterable[tuple[int, str, float]]) -> None:
    """Add (step, name, value) rows; the caller holds the transaction. Values that are not finite are left out."""
    finest: dict[tuple[str, int], list[float]] = {}
    for step, name, value in rows:
        if not abs(value) < float("inf"):
            continue
        entry = finest.get((name, step // _FACTOR))
        if entry is None:
            finest[name, step // _FACTOR] = [1, value, value, value]
        else:
            entry[0] += 1
            entry[1] += value
            entry[2] = min(entry[2], value)
            entry[3] = max(entry[3], value)
    level = finest
    for number in range(1, _LEVELS + 1):
        db.executemany(_UPSERT, ((name, number, bucket, *entry) for (name, bucket), entry in level.items()))
        coarser: dict[tuple[str, int], list[float]] = {}
        for (name, bucket), (count, total, low, high) in level.items():
            entry = coarser.get((name, bucket // _FACTOR))
            if entry is None:
                coarser[name, bucket // _FACTOR] = [count, total, low, high]
            else:
                entry[0] += count
                entry[1] += total
                entry[2] = min(entry[2], low)
                entry[3] = max(entry[3], high)
        level = coarser


def cut_pyramid(db: sqlite3.Connection, step: int, names: Iterable[str]) -> None:
    """Forget what lies above a step, since a resumed training draws it again; the caller holds the transaction."""
    for level in range(1, _LEVELS + 1):
        width = _FACTOR**level
        first = step // width
        db.execute("DELETE FROM buckets WHERE level = ? AND bucket >= ?", (level, first))
        for name in names:
            db.execute(_summary(level, "m.name = ? AND m.step BETWEEN ? AND ?"), (name, first * width, step))


def fill_pyramid(db: sqlite3.Connection) -> None:
    """Make the buckets of a database that has values but none of them; the caller holds the transaction."""
    for level in range(1, _LEVELS + 1):
        db.execute(_summary(level, "1"))


def _summary(level: int, where: str) -> str:
    width = _FACTOR**level
    return (
        f"INSERT INTO buckets SELECT m.name, {level}, m.step / {width}, COUNT(*), SUM(m.value), MIN(m.value), "
        f"MAX(m.value) FROM metrics m WHERE {where} AND ABS(m.value) < 9e999 AND {CURRENT} "
        f"GROUP BY m.name, m.step / {width}"
    )


def extent(db: sqlite3.Connection, name: str) -> tuple[int, int] | None:
    """First and last step of a metric; None where it has none."""
    # One query for each end, so that each is one look into the index.
    first = db.execute("SELECT MIN(step) FROM metrics WHERE name = ?", (name,)).fetchone()[0]
    if not isinstance(first, int):
        return None
    # The finest buckets know where a resumed segment ends that is shorter so far than the one it draws again.
    query = "SELECT MAX(bucket) FROM buckets WHERE name = ? AND level = 1"
    newest = db.execute(query, (name,)).fetchone()[0]
    low, high = (
        (first, 2**62)
        if not isinstance(newest, int) or not 0 <= newest < 2**50
        else (newest * _FACTOR, newest * _FACTOR + _FACTOR - 1)
    )
    query = (
        f"SELECT m.step FROM metrics m WHERE m.name = ? AND m.step BETWEEN ? AND ? AND {CURRENT} "
        "ORDER BY m.step DESC LIMIT 1"
    )
    last = db.execute(query, (name, low, high)).fetchone()
    return first, first if last is None else max(first, last[0])


def newest_of(db: sqlite3.Connection, name: str) -> float | None:
    """The newest finite value of a metric; None where it has none."""
    span = extent(db, name)
    if span is None:
        return None
    query = (
        f"SELECT m.value FROM metrics m WHERE m.name = ? AND m.step <= ? AND m.value BETWEEN -? AND ? AND {CURRENT} "
        "ORDER BY m.step DESC LIMIT 1"
    )
    row = db.execute(query, (name, span[1], sys.float_info.max, sys.float_info.max)).fetchone()
    return None if row is None or math.isnan(value := _number(row[0])) else value


def best_of(db: sqlite3.Connection, name: str, mode: str) -> float | None:
    """The smallest (``min``) or largest (``max``) value of a metric; None where it has none."""
    column = "MIN(low)" if mode == "min" else "MAX(high)"
    row = db.execute(f"SELECT {column} FROM buckets WHERE name = ? AND level = ?", (name, _LEVELS)).fetchone()
    return None if row is None or math.isnan(value := _number(row[0])) else value


def read_range(db: sqlite3.Connection, name: str, first: int, last: int, columns: int) -> list[Bucket]:
    """Read a range of a curve as finely as a picture can show it.

    Args:
        db: The run's database.
        name: The metric.
        first: First step.
        last: Last step, at least the first.
        columns: Pixels that the range covers.

    Returns:
        At most some rows for each pixel, in order of steps; a single value is a bucket of its own.
    """
    most = max(1, columns) * _ROWS_PER_COLUMN
    span = last - first + 1
    if span <= most:
        query = (
            f"SELECT m.step, m.value FROM metrics m WHERE m.name = ? AND m.step BETWEEN ? AND ? AND {CURRENT} "
            "ORDER BY m.step"
        )
        rows = db.execute(query, (name, first, last))
        return [Bucket(step, *(3 * (_number(value),))) for step, value in rows if isinstance(step, int)]
    level = 1
    while level < _LEVELS and span / _FACTOR**level > most:
        level += 1
    width = _FACTOR**level
    query = (
        "SELECT bucket, total / count, low, high FROM buckets WHERE name = ? AND level = ? AND bucket BETWEEN ? AND ? "
        "ORDER BY bucket"
    )
    found = db.execute(query, (name, level, first // width, last // width))
    return [
        Bucket(min(max((row[0] + 0.5) * width, first), last), *map(_number, row[1:]))
        for row in found
        if isinstance(row[0], int)
    ]


def _number(value: object) -> float:
    """A value of a table, which may hold anything; NaN for what is no finite number."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else math.nan
