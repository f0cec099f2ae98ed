"""What a commit makes and what the working tree makes, bit by bit: data set, weights and samples of every family.

Run: python tests/benchmarks/unchanged.py [BEFORE] [--families vae gan ...] [--steps 20]
Both train side by side on the same machine (bits differ between processors) through the command line: the example
digits, a fixed seed, one thread. Prints JSON: sha256 of ``items.npy``, of the tensors of the last checkpoint and of 16
samples of the exported file, before and now; exits 1 where any differs. BEFORE is a commit, HEAD by default.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import load_file

ROOT = Path(__file__).resolve().parents[2]
# Small, so that the export takes seconds.
SETTINGS = {
    "vae": {"channels": 8, "latent_dim": 4},
    "gan": {"channels": 8, "latent_dim": 4},
    "autoregressive": {"dim": 16, "depth": 1, "heads": 2},
    "flow": {"dim": 16, "depth": 1, "heads": 2, "bins": 8},
    "diffusion": {"channels": 8, "multipliers": "[1, 2]", "sample_steps": 3},
}


class Tree:
    """A source tree of the studio with a workspace of its own.

    Args:
        source: Its root.
        place: Folder for its workspace and what is drawn.
    """

    def __init__(self, source, place):
        self.place = place
        (place / "path").mkdir(parents=True)
        # The wheel calls the folder so.
        (place / "path" / "studio_resources").symlink_to(source / "resources")
        path = os.pathsep.join(map(str, (source, source / "plugins", place / "path")))
        self.environment = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1", "STUDIO_THREADS": "1"}

    def run(self, *words):
        """Run a verb."""
        command = [sys.executable, "-P", "-m", "studio", *map(str, words), "--workspace", str(self.place / "workspace")]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, cwd=self.place)
        if done.returncode:
            raise SystemExit(f"{' '.join(map(str, words))}: {done.stderr.strip()}")

    def items(self):
        """Import the example digits; sha256 of what was stored."""
        self.run("data", "add", "example:digits", "--name", "digits")
        (path,) = self.place.glob("workspace/datasets/*/items.npy")
        return digest([("items", np.load(path))])

    def family(self, family, settings, steps):
        """Train, export and sample; sha256 of the weights and of the samples."""
        chosen = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        length = ["--steps", steps, "--set", "train.threads=1", "--name", family]
        self.run("train", "digits", "--family", family, *chosen, *length)
        (run,) = self.place.glob(f"workspace/runs/*{family}*")
        newest = max((run / "checkpoints").glob("step-*"))
        tensors = {f"{file.name}/{k}": v for file in newest.glob("*.safetensors") for k, v in load_file(file).items()}
        file, drawn = self.place / f"{family}.onnx", self.place / f"{family}-samples"
        self.run("export", family, "-o", file)
        self.run("sample", file, "-n", 16, "--seed", 3, "--provider", "cpu", "-o", drawn)
        # Their names begin with the id of the model, which is drawn.
        pictures = [("-".join(path.stem.split("-")[-2:]), np.asarray(Image.open(path))) for path in drawn.glob("*.png")]
        return {"checkpoint": digest(tensors.items()), "samples": digest(pictures)}


def digest(arrays):
    """sha256 over arrays by their names."""
    found = hashlib.sha256()
    for name, array in sorted(arrays, key=lambda pair: pair[0]):
        found.update(f"{name} {array.dtype} {array.shape}\n".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("before", nargs="?", default="HEAD")
    parser.add_argument("--families", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        old = Path(place) / "tree"
        subprocess.run(["git", "worktree", "add", "--detach", old, options.before], cwd=ROOT, check=True)
        try:
            trees = {"before": Tree(old, Path(place) / "before"), "now": Tree(ROOT, Path(place) / "now")}
            found = {"items": {name: tree.items() for name, tree in trees.items()}}
            for family in options.families:
                made = {name: tree.family(family, SETTINGS[family], options.steps) for name, tree in trees.items()}
                for what in made["now"]:
                    found[f"{family}, {what}"] = {name: each[what] for name, each in made.items()}
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", old], cwd=ROOT, check=True)
    for pair in found.values():
        pair["same"] = pair["before"] == pair["now"]
    print(json.dumps(found, indent=1))
    return 0 if all(pair["same"] for pair in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
