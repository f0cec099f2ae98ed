"""This file reads the curves of a run without ever writing to its database, also on a read-only disk."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from studio.store.metrics import RunDatabase
from studio.store.pyramid import Bucket, best_of, extent, read_range

__all__ = ["CurveDatabase"]


class CurveDatabase:
    """The database ``metrics.db`` of a run's folder, open for looking only.

    Args:
        folder: The run's folder.

    Raises:
        FileNotFoundError: If the run has no database yet.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / "metrics.db"
        if not path.exists():
            raise FileNotFoundError(2, "there is no such file or folder", str(path))
        self._db = self._open(path, "mode=ro")
        try:
            self._db.execute("SELECT 1 FROM buckets LIMIT 1").fetchone()
        except sqlite3.OperationalError as error:
            self._db.close()
            if "no such table" in str(error):
                # Written before there were buckets: opening it for writing once makes them.
                RunDatabase(folder).close()
                self._db = self._open(path, "mode=ro")
            else:
                # On a read-only disk the companions that a living database needs cannot be made.
                self._db = self._open(path, "mode=ro&immutable=1")

    @staticmethod
    def _open(path: Path, how: str) -> sqlite3.Connection:
        connection = sqlite3.connect(f"{path.as_uri()}?{how}", uri=True, timeout=2.0, check_same_thread=False)
        connection.isolation_level = None
        return connection

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def names(self) -> list[str]:
        """Names of all metrics."""
        return [row[0] for row in self._db.execute("SELECT DISTINCT name FROM buckets WHERE level = 6 ORDER BY name")]

    def extent(self, name: str) -> tuple[int, int] | None:
        """First and last step of a metric; None where it has none."""
        return extent(self._db, name)

    def read(self, name: str, first: int, last: int, columns: int) -> list[Bucket]:
        """A range of a curve, as finely as so many columns of pixels can show it."""
        return read_range(self._db, name, first, last, columns)

    def best(self, name: str, mode: str) -> float | None:
        """The best value of a metric, the smallest or, with ``max``, the largest."""
        return best_of(self._db, name, mode)

    def rows(self, name: str) -> list[tuple[int, float | None]]:
        """Every value of a metric in order of steps, for a table; None where it was not finite."""
        span = self.extent(name)
        if span is None:
            return []
        found = read_range(self._db, name, *span, columns=span[1] - span[0] + 1)
        return [(int(bucket.step), None if bucket.mean != bucket.mean else bucket.mean) for bucket in found]
