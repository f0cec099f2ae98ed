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

EXAMPLES = ("eight-gaussians", "checkerboard")


def measure(example: str, seed: int, options: argparse.Namespace, place: Path) -> dict[str, object]:
    """Train, export and score one model."""
    from studio.data.dataset import open_dataset
    from studio.data.importer import run_import
    from studio.data.request import PREFIX, ImportRequest
    from studio.data.table.points import true_density_of
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
    true_density = true_density_of(dataset.items)
    assert true_density is not None
    gap = (true_density(np.asarray(dataset.items, np.float64)) - nats)[test]
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
        for example in EXAMPLES:
            with tempfile.TemporaryDirectory() as place:
                print(json.dumps(measure(example, seed, options, Path(place))), flush=True)


if __name__ == "__main__":
    main()
