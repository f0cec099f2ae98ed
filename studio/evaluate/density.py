"""Measures the density of a model over the plane, by its file ``log_prob.onnx``.

``python -m studio.evaluate.density FILE.onnx -o OUT.npy`` is its process and prints JSON lines; the last is ``done``
(exit status 0) or ``error`` (1).
"""

from __future__ import annotations

import argparse
import io
import math
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.core.errors import ModelError
from studio.core.event import JobEvent
from studio.core.event_writer import EventWriter, run_job
from studio.core.inputs import fill_inputs, seeded_noise
from studio.core.modality import TableSpec
from studio.evaluate.features import Progress
from studio.evaluate.likelihood import is_random, open_likelihood
from studio.store.atomic import write_bytes
from studio.store.model import sibling

__all__ = ["main", "plane_density"]

_SIDE = 96
_DRAWS = 16  # of a bound
_BATCH = 1024


def plane_density(
    file: Path, side: int = _SIDE, draws: int = _DRAWS, provider: str = "auto", on_progress: Progress = lambda *_: None
) -> tuple[npt.NDArray[np.float32], str]:
    """Log density of a model of points, over what its spec shows of the two columns; of no class, where it has any.

    The noise of a bound is the same at every point, so that the map is as smooth as the bound.

    Args:
        file: A model's file of samples, beside which that of its likelihoods lies, or the latter itself.
        side: Points on a side of the grid.
        draws: Draws of a bound at each point.
        provider: ``auto``, ``cpu`` or ``cuda``.
        on_progress: Called with points done and in all.

    Returns:
        Log density in nats, (side, side), see ``TableSpec.plane``; and ``exact`` or ``bound``.

    Raises:
        ModelError: If the model gives no likelihood, or not of points in the plane.
    """
    path = sibling(file, "log_prob") or file
    model, said = open_likelihood(path, provider)
    spec = model.manifest.spec
    if not isinstance(spec, TableSpec) or not spec.is_plane:
        raise ModelError(f"{path} does not give the likelihood of points of two columns of numbers.")
    taken = next(entry.name for entry in model.manifest.inputs if entry.kind == "value")
    points, drawn = spec.plane(side), draws if is_random(model) else 1
    values = np.empty((drawn, len(points)))
    for start in range(0, len(points), _BATCH):
        some = points[start : start + _BATCH]
        for draw in range(drawn):
            noise = seeded_noise(draw, [0] * len(some))
            (found,) = model.run(fill_inputs(model.manifest.inputs, len(some), noise, values={taken: some}))
            if found.shape != (len(some),):
                raise ModelError(f"{path.name} gives {list(found.shape)} where one number an item is expected.")
            values[draw, start : start + len(some)] = found
        on_progress(start + len(some), len(points))
    terms = said.draws == "terms"
    mean = values.mean(0) if terms else np.logaddexp.reduce(values, 0) - math.log(drawn)
    return mean.reshape(side, side).astype(np.float32), said.kind


def _run(options: argparse.Namespace, writer: EventWriter) -> JobEvent:
    def tell(done: int, total: int) -> None:
        writer.progress("density", done, total)

    density, kind = plane_density(options.file, provider=options.provider, on_progress=tell)
    data = io.BytesIO()
    np.save(data, density)
    write_bytes(options.output, data.getvalue(), durable=False)
    return {"event": "done", "kind": kind, "written": str(options.output)}


def main() -> int:
    """Measure the density; 0 when it is done."""
    parser = argparse.ArgumentParser(prog="python -m studio.evaluate.density")
    parser.add_argument("file", type=Path, metavar="FILE.onnx")
    parser.add_argument("--provider", default="auto")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    return run_job(lambda writer: _run(options, writer), "The density was not measured; nothing was written.")


if __name__ == "__main__":
    sys.exit(main())
