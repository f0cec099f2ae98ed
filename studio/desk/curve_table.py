"""Writes curves as a table for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from studio.core.words import csv_cell
from studio.desk.curve import CurveKey
from studio.store.atomic import write_bytes
from studio.store.curve import CurveDatabase

__all__ = ["curves_as_csv", "write_csv"]


def curves_as_csv(keys: Sequence[tuple[str, CurveKey]]) -> str:
    """Every value of some curves, one a row: run, metric, step, value; an empty value was not finite.

    Args:
        keys: Name of the run, and the curve.
    """
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(("run", "metric", "step", "value"))
    for name, key in keys:
        with closing(CurveDatabase(key.run)) as database:
            for step, value in database.rows(key.metric):
                table.writerow((csv_cell(name), csv_cell(key.metric), step, "" if value is None else repr(value)))
    return text.getvalue()


def write_csv(path: Path, keys: Sequence[tuple[str, CurveKey]]) -> None:
    """Write ``curves_as_csv`` into a file, whole or not at all."""
    write_bytes(path, curves_as_csv(keys).encode())
