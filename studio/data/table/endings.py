"""How the file of a table is written, by the ending of its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

__all__ = ["TABLE_ENDINGS", "TableFormat"]

# ``csv`` for text whatever parts its cells.
TableFormat = Literal["csv", "json", "parquet", "arrow"]
TABLE_ENDINGS: Mapping[str, TableFormat] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
