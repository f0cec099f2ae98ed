"""Times the import of 10,000 small images in class folders, the whole importer process included."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
_COUNT = 10_000
_CLASSES = 10
_TIMES = 5


def _make_images(folder: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(_COUNT):
        name = folder / str(number % _CLASSES) / f"{number}.png"
        name.parent.mkdir(parents=True, exist_ok=True)
        # Blobs pack about as well as real drawings do; pure noise would not pack at all.
        small = Image.fromarray(rng.integers(0, 256, (7, 7), dtype=np.uint8))
        small.resize((28, 28), Image.Resampling.BICUBIC).save(name)


def main() -> None:
    """Import a few times into fresh workspaces and print the wall times as JSON."""
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary) / "images"
        _make_images(source)
        seconds = []
        for turn in range(_TIMES):
            request = Path(temporary) / "request.json"
            request.write_text(json.dumps({"workspace": f"{temporary}/workspace-{turn}", "paths": [str(source)]}))
            start = time.perf_counter()
            command = [sys.executable, "-m", "studio.data", str(request)]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
            seconds.append(time.perf_counter() - start)
            last = json.loads(done.stdout.splitlines()[-1])
            if last["items"] != _COUNT or last["rejected"]:
                raise SystemExit(f"the import went wrong: {last}")
    row = {
        "benchmark": "import_images",
        "images": _COUNT,
        "cores": len(os.sched_getaffinity(0)),
        "seconds": [round(each, 3) for each in seconds],
        "median_s": round(statistics.median(seconds), 3),
    }
    print(json.dumps(row))


if __name__ == "__main__":
    main()
