"""Compares random batches of a data set with plain sorted indexing of the same mapped file."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
from pairs import interleaved  # the folder of a script is on its path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # a checkout works without being installed

from studio.data.dataset import open_dataset
from studio.data.importer import run_import
from studio.data.request import ImportRequest

_COUNT = 60_000
_BATCH = 128
_BATCHES = 400
_PAIRS = 40


def main() -> None:
    """Print the ratio of throughputs, ours / raw, as JSON; 0.8 is the least allowed."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "images.npz"
        images = rng.integers(0, 256, (_COUNT, 28, 28), dtype=np.uint8)
        np.savez(file, x=images, y=rng.integers(0, 10, _COUNT))
        workspace = Path(temporary) / "workspace"
        document = run_import(ImportRequest(workspace=workspace, paths=(str(file),)), lambda event: None)
        folder = workspace / "datasets" / document.id
        dataset = open_dataset(folder)
        raw = np.load(folder / "items.npy", mmap_mode="r")
        batches = [rng.integers(0, _COUNT, _BATCH) for _ in range(_BATCHES)]
        if not all((dataset.batch(batch)[0] == raw[np.sort(batch)]).all() for batch in batches[:10]):
            raise SystemExit("the two do not read the same")

        def ours() -> None:
            for batch in batches:
                dataset.batch(batch)

        def rival() -> None:
            for batch in batches:
                raw[np.sort(batch)]

        result = interleaved(ours, rival, _PAIRS)
    row = {
        "benchmark": "random_batches",
        "speed_ratio": round(1 / result.ratio, 3),
        "speed_interval": [round(1 / result.high, 3), round(1 / result.low, 3)],
        "ours_us": round(result.ours / _BATCHES * 1e6, 2),
        "raw_us": round(result.rival / _BATCHES * 1e6, 2),
        "times": {key: round(value, 6) for key, value in asdict(result).items()},
    }
    print(json.dumps(row))


if __name__ == "__main__":
    main()
