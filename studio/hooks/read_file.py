"""Has a plugin's reader read one file, and leaves what it found as plain arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError, explain
from studio.core.extension import ItemsRead, Reader
from studio.core.modality.table import MOST_COLUMNS
from studio.core.words import one_line

__all__ = ["read_file"]

_MOST_REFUSED = 10_000
_LONGEST = 500
_MOST_SAID = 3


def read_file(reader: Reader, path: Path, out: Path) -> dict[str, Any]:
    """Read a file.

    Args:
        reader: The plugin's reader.
        path: The file.
        out: Gets the items, labels and names of columns, as an archive of arrays.

    Returns:
        What was refused, the licence note, and why nothing was read, empty where something was.
    """
    answer: dict[str, Any] = {"failed": "", "refused": [], "licence": ""}
    try:
        found = reader.read(path)
        arrays: Any = _arrays(reader, found)
        np.savez(out, **arrays)
        refused = list(found.refused)[:_MOST_REFUSED]
        answer["refused"] = [[_line(where), _line(why)] for where, why in refused]
        answer["licence"] = _line(found.licence)
    except DataError as error:
        answer["failed"] = _line(error)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        answer["failed"] = f"{one_line(explain(error))[:_LONGEST]}."
    return answer


def _arrays(reader: Reader, found: object) -> dict[str, npt.NDArray[Any]]:
    """What is written of what a reader gave.

    Raises:
        DataError: If it is not what the contract says.
    """
    if not isinstance(found, ItemsRead):
        raise DataError(f"it gave {type(found).__name__}, not ItemsRead.")
    items = found.items
    if not isinstance(items, np.ndarray):
        raise DataError(f"its items are {type(items).__name__}, not an array.")
    if reader.modality == "image" and (items.dtype != np.uint8 or items.ndim not in (3, 4)):
        raise DataError(f"its items are {items.dtype} {list(items.shape)}, not uint8 [N, H, W, C] or [N, H, W].")
    if reader.modality == "table" and (items.dtype.kind not in "buif" or items.ndim != 2):
        raise DataError(f"its items are {items.dtype} {list(items.shape)}, not numbers [N, K].")
    if not len(items):
        refused = [f"{_line(where)}: {_line(why)}" for where, why in list(found.refused)[:_MOST_SAID]]
        more = len(found.refused) - len(refused)
        said = "; ".join([*refused, *([f"and {more:,} more"] if more else [])])
        raise DataError(f"it found no items{f' ({said})' if said else ''}.")
    arrays = {"x": items}
    if found.labels is not None:
        labels = np.asarray(found.labels)
        if labels.shape != (len(items),) or labels.dtype.kind not in "buiUS":
            raise DataError(
                f"its labels are {labels.dtype} {list(labels.shape)}; give a word or a number for each item."
            )
        arrays["y"] = labels
    if found.columns:
        columns = [_line(name) for name in found.columns]
        if reader.modality != "table" or len(columns) != items.shape[1] or len(columns) > MOST_COLUMNS:
            raise DataError(f"it named {len(columns)} columns of items {list(items.shape)}.")
        arrays["columns"] = np.array(columns)
    return arrays


def _line(text: object) -> str:
    return one_line(str(text))[:_LONGEST]
