"""Has a plugin's features and metrics look at items that lie in a file, for the judge, in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from studio.core.errors import PluginError, explain
from studio.core.extension import Features, Metric
from studio.core.words import one_line

__all__ = ["extract_features", "measure_items"]


def extract_features(features: Features, source: Path, out: Path) -> dict[str, Any]:
    """Extract features of the items in a file into another, float32 (N, D).

    Returns:
        Why it failed; empty where it did not.
    """
    items = np.load(source, allow_pickle=False)
    try:
        found = np.asarray(features.extract(items))
    except Exception as error:
        return {"failed": f"{one_line(explain(error))}."}
    if found.ndim != 2 or len(found) != len(items) or found.dtype.kind not in "fiub" or not np.isfinite(found).all():
        return {"failed": f"it gave {found.dtype} {list(found.shape)}, not finite numbers [{len(items)}, D]."}
    np.save(out, found.astype(np.float32))
    return {"failed": ""}


def measure_items(metric: Metric, source: Path) -> dict[str, Any]:
    """Measure samples and floor against held-out items, whole and in the same random parts.

    Args:
        metric: The plugin's metric.
        source: An archive of arrays: ``samples``, ``held_out``, ``floor``, and for each part the rows of the one side
            and the other, ``rows-0``, ``others-0`` and so on.

    Returns:
        The values of the samples and of the floor, the whole first; and why it failed, empty where it did not.
    """
    with np.load(source, allow_pickle=False) as arrays:
        held_out = arrays["held_out"]
        count = sum(name.startswith("rows-") for name in arrays)
        pairs = [(arrays[f"rows-{number}"], arrays[f"others-{number}"]) for number in range(count)]
        sides = [arrays["samples"], arrays["floor"]]
    values: list[list[float]] = []
    try:
        for others in sides:
            found = [_number(metric, others, held_out)]
            values.append([*found, *(_number(metric, others[each], held_out[rows]) for rows, each in pairs)])
    except PluginError as error:
        return {"failed": str(error), "values": []}
    return {"failed": "", "values": values}


def _number(metric: Metric, others: Any, held_out: Any) -> float:
    try:
        value = float(metric.measure(others, held_out))
    except Exception as error:
        raise PluginError(f"{one_line(explain(error))}.") from None
    if not np.isfinite(value):
        raise PluginError(f"it gave {value}, which is no finite number.")
    return value
