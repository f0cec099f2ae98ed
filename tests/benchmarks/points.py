"""How near a model of points comes to their true density: ``python tests/benchmarks/points.py --minutes 1``.

Trains a family on the examples whose density is known, exports it, and scores the test points. The gap is the mean of
true less measured log density of the same points, in nats, so that the luck of which points are held out falls out;
its interval is over the points.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt


def eight_gaussians(points: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """True log density in nats, (N,): eight Gaussians on a circle of radius 4 / sqrt(2), of variance 1 / 8."""
    angles = np.arange(8) * math.pi / 4.0
    centres = 4.0 * np.stack([np.cos(angles), np.sin(angles)], 1) / math.sqrt(2.0)
    squares = ((points[:, None].astype(np.float64) - centres) ** 2).sum(-1) / (2.0 * 0.125)
    density: npt.NDArray[np.float64] = np.log(np.exp(-squares).mean(1) / (2.0 * math.pi * 0.125))
    return density


def checkerboard(points: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """True log density in nats, (N,): uniform on eight squares of area four."""
    return np.full(len(points), -math.log(32.0))


TRUE = {"eight-gaussians": eight_gaussians, "checkerboard": checkerboard}


def measure(example: str, seed: int, options: argparse.Namespace, place: Path) -> dict[str, object]:
    """Train, export and score one model."""
    from studio.data.dataset import open_dataset
    from studio.data.importer import run_import
    from studio.data.request import PREFIX, ImportRequest
    from studio.evaluate.scoring import score_items
    from studio.export.exporter import export_run
    from studio.jobs.new_run import RunRequest, make_run
    from studio.store.workspace import Workspace
    from studio.train.trainer import Trainer

    workspace = Workspace(place)
    request = ImportRequest(workspace=workspace.path, paths=(f"{PREFIX}{example}",))
    dataset = open_dataset(workspace.folder("datasets") / run_import(request, lambda event: None).id)
    values = {"train.minutes": options.minutes, **dict(pair.split("=", 1) for pair in options.set)}
    folder = make_run(workspace, RunRequest(dataset.document.id, options.family, values=values, seed=seed))
    status = Trainer(workspace, folder).execute()
    if status.state != "finished":
        sys.exit(f"The run did not finish: {status.message}")
    exported = export_run(workspace, folder)
    nats = score_items(exported.folder / "sample.onnx", dataset, options.draws, "cpu").nats
    test = dataset.indices("test")
    gap = (TRUE[example](np.asarray(dataset.items)) - nats)[test]
    return {
        "example": example,
        "seed": seed,
        "steps": status.step,
        "test": round(-float(nats[test].mean()), 4),
        "gap": round(float(gap.mean()), 4),
        "interval": round(1.96 * float(gap.std(ddof=1)) / math.sqrt(len(gap)), 4),
    }


def main() -> None:
    """Print a line of JSON for each model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", default="flow")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--draws", type=int, default=10, help="draws of a bound")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    for seed in options.seeds:
        for example in TRUE:
            with tempfile.TemporaryDirectory() as place:
                print(json.dumps(measure(example, seed, options, Path(place))), flush=True)


if __name__ == "__main__":
    main()
