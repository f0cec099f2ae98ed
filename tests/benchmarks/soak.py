"""Sample and train for hours, and watch memory, descriptors and threads.

Run: python -m tests.benchmarks.soak [--minutes 480]
Prints JSON: requests and steps done, and for the sampler's process and this one the first and last resident memory in
MB, descriptors and threads; ends with 1 where memory grew by more than a fifth, or descriptors or threads at all.
"""

import argparse
import gc
import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("STUDIO_THREADS", "1")

from studio.hooks.loader import load_family
from studio.runtime.client import SamplerClient
from studio.store.workspace import Workspace
from studio.testing import Trial, toy_dataset

_SETTINGS = {"channels": 8, "latent_dim": 4}
_STEPS = 500
# What is first used is loaded first.
_WARM_S = 60.0


def _resources(pid: int) -> dict[str, float]:
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {
        "memory_mb": round(int(status["VmRSS"].split()[0]) / 1024, 1),
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
        "threads": len(os.listdir(f"/proc/{pid}/task")),
    }


def main() -> int:
    """Work until the time is over, and say what grew."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=480.0)
    options = parser.parse_args()
    plugin = load_family("vae").plugin.manager.get_plugins()
    begun, requests, steps = time.monotonic(), 0, 0
    first: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        workspace = Workspace(Path(temporary))
        dataset = toy_dataset(workspace)
        implementation = next(each for each in plugin if hasattr(each, "studio_train"))
        model: Path | None = None
        with SamplerClient() as client:
            while time.monotonic() - begun < 60 * options.minutes:
                trial = Trial(implementation, workspace, dataset, _SETTINGS, {"steps": _STEPS})
                trial.train()
                steps += _STEPS
                if model is None:
                    model = trial.export().folder / "sample.onnx"
                workspace.throw_away(trial.folder)
                for seed in range(50):
                    list(client.sample(model, {"count": 64, "seed": seed}, Path(temporary) / "s.npy", "cpu"))
                    requests += 1
                # What only a collection frees, such as the mapped items of a training, is no leak.
                gc.collect()
                now = {"sampler": _resources(client.pid or 0), "trainer": _resources(os.getpid())}
                if not first and time.monotonic() - begun > _WARM_S:
                    first = now
    grew = [
        f"{process} {name}"
        for process, values in now.items()
        for name, value in values.items()
        if first and value > first[process][name] * (1.2 if name == "memory_mb" else 1.0)
    ]
    print(json.dumps({"requests": requests, "steps": steps, "first": first, "last": now, "grew": grew}, indent=1))
    return int(bool(grew))


if __name__ == "__main__":
    sys.exit(main())
