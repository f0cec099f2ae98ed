"""What a run on points in the plane leaves of its inside beside each preview: ``RUN/plane/step-N.KIND.npy``.

Each is a float32 array in the units of the columns, drawn by the trainer and painted by whoever shows the run:

- ``exact`` or ``bound``: log density in nats, or a bound on it from below, on a grid of points over what the spec
  shows of its two columns, (rows, columns); the first row has the largest values of the second column.
- ``score``: how real a discriminator holds points of the same grid, in numbers that mean nothing by themselves,
  (rows, columns).
- ``grid``: where the sampler, or the decoder, puts the lines of a square grid of its noise, (lines, points, 2).
- ``paths``: where some samples are before the first step of the sampler and after each, (samples, steps + 1, 2).
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.errors import ForeignEntryError
from studio.store.atomic import write_bytes
from studio.store.inside import check_folder, is_own_file, read_own

__all__ = ["PLANE_KINDS", "newest_plane", "read_plane", "write_plane"]

PLANE_KINDS = ("exact", "bound", "score", "grid", "paths")
_NAME = re.compile(r"step-(\d{8,12})\.(exact|bound|score|grid|paths)\.npy")
_MOST_BYTES = 2**20
_AXES = {"exact": 2, "bound": 2, "score": 2, "grid": 3, "paths": 3}


def write_plane(run: Path, step: int, kind: str, values: npt.NDArray[Any]) -> None:
    """Write one of ``PLANE_KINDS`` of a step; not so durably as a checkpoint, for it can be drawn again.

    Raises:
        ForeignEntryError: If a folder of the run is a link.
        OSError: If it cannot be written.
    """
    for folder in (run, run / "plane"):
        check_folder(folder)
    (run / "plane").mkdir(exist_ok=True)
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(values, np.float32), allow_pickle=False)
    write_bytes(run / "plane" / f"step-{step:08d}.{kind}.npy", buffer.getvalue(), durable=False)


def newest_plane(run: Path) -> tuple[int, dict[str, Path]]:
    """The newest step of which there is anything, -1 where there is none, and its files by kind; none behind a link."""
    try:
        for folder in (run, run / "plane"):
            check_folder(folder)
        found = [
            (int(match[1]), match[2], path)
            for path in (run / "plane").iterdir()
            if (match := _NAME.fullmatch(path.name))
        ]
    except (OSError, ForeignEntryError):
        return -1, {}
    newest = max((step for step, _, _ in found), default=-1)
    return newest, {kind: path for step, kind, path in found if step == newest and is_own_file(path)}


def read_plane(path: Path) -> npt.NDArray[np.float32] | None:
    """The array of a file; None where it is damaged, or something else than its name says."""
    match = _NAME.fullmatch(path.name)
    try:
        data = read_own(path, _MOST_BYTES)
        values = np.load(io.BytesIO(data or b""), allow_pickle=False) if match is not None else None
    except (OSError, ValueError, EOFError, MemoryError, ForeignEntryError):
        return None
    if match is None or not isinstance(values, np.ndarray) or values.dtype != np.float32:
        return None
    points = _AXES[match[2]] == 3
    if values.ndim != _AXES[match[2]] or 0 in values.shape or (points and values.shape[2] != 2):
        return None
    return values
