"""Kill trainers with SIGKILL at random moments, resume them, and compare with one that was never killed.

Run: python tests/benchmarks/kills.py [--kills 50]
Prints JSON: kills done, and whether every final checkpoint has the same bits and nothing acknowledged was lost.
Acknowledged are checkpoints that are listed, and metrics older than a second.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from studio.hooks.loader import load_family
from studio.store.lock import is_locked
from studio.store.metrics import RunDatabase
from studio.store.run import read_status
from studio.store.workspace import Workspace
from studio.testing import Trial, toy_dataset
from studio.train.checkpoint import CheckpointFolder

KILLS_A_RUN = 10
SETTINGS = {"channels": 8, "latent_dim": 4}
TRAIN = {"steps": 500, "threads": 1, "checkpoint_every": 25, "validate_every": 60, "preview_every": 10**6}


def start(workspace, folder):
    return subprocess.Popen(
        [sys.executable, "-m", "studio.train", str(workspace.path), folder.name], stderr=subprocess.DEVNULL
    )


def new_trial(workspace, dataset, plugin):
    return Trial(plugin, workspace, dataset, SETTINGS, TRAIN)


def kill_once(workspace, folder, process, generator):
    """Kill at a random moment of the training; returns what was acknowledged a second before."""
    while not (is_locked(folder / "lock") and read_status(folder).state == "running"):
        if process.poll() is not None:
            return None
        time.sleep(0.02)
    time.sleep(generator.uniform(0.0, 2.5))
    if process.poll() is not None:
        return None
    database = RunDatabase(folder)
    metrics = dict(database.curve("loss"))
    database.close()
    steps = CheckpointFolder(folder / "checkpoints").steps()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    return metrics, steps


def check(folder, acknowledged):
    """What was acknowledged is there, the run is interrupted, and its newest checkpoint loads."""
    metrics, steps = acknowledged
    database = RunDatabase(folder)
    now = dict(database.curve("loss"))
    database.close()
    assert all(now.get(step) == value for step, value in metrics.items()), "a metric was lost"
    assert read_status(folder).state == "interrupted"
    folder = CheckpointFolder(folder / "checkpoints")
    if steps:
        newest = folder.newest()
        assert newest is not None, "the checkpoints were lost"
        assert newest.step >= steps[-1], "a checkpoint was lost"
        assert not newest.skipped, newest.skipped


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    options = parser.parse_args()
    generator = random.Random(0)
    torch.set_num_threads(1)
    plugin = load_family("vae").plugin.manager.get_plugin("vae")
    done, runs, resumed_at = 0, 0, []
    with tempfile.TemporaryDirectory() as place:
        workspace = Workspace(Path(place))
        dataset = toy_dataset(workspace, (16, 16, 1), 4, 256)
        reference = new_trial(workspace, dataset, plugin)
        assert start(workspace, reference.folder).wait() == 0
        wanted = reference.checkpoint()
        while done < options.kills:
            trial = new_trial(workspace, dataset, plugin)
            runs += 1
            for _ in range(min(KILLS_A_RUN, options.kills - done)):
                acknowledged = kill_once(workspace, trial.folder, start(workspace, trial.folder), generator)
                if acknowledged is None:
                    break
                done += 1
                check(trial.folder, acknowledged)
                resumed_at.append(max(acknowledged[1], default=0))
            if read_status(trial.folder).state != "finished":
                assert start(workspace, trial.folder).wait() == 0
            got = trial.checkpoint()
            for group, tensors in wanted.tensors.items():
                for name, tensor in tensors.items():
                    assert torch.equal(tensor, got.tensors[group][name]), f"{group} {name} differs"
    print(json.dumps({"kills": done, "runs": runs, "bit_equal": True, "lost": 0, "resumed_at": resumed_at}))


if __name__ == "__main__":
    main()
