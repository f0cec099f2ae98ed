"""Steps per second of a studio training against a bare torch loop of the same loss, batch, EMA, clipping and logging.

Run: python tests/benchmarks/train_overhead.py [--family NAME] [--pairs 20]
Prints JSON; ``ratio`` is the studio's time per step over the bare loop's, so 1 / ratio is the share of its speed.
"""

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from pairs import interleaved

from studio.core.settings import build_settings, split_settings
from studio.jobs.process import trainer_environment
from studio.train.host import ItemBatch

WARM, STEPS, BATCH = 4, 24, 32


class BareLoop:
    """What a careful person writes by hand around a family's loss: plain torch, no checkpoints, no recorder."""

    metrics = {}

    def __init__(self, dataset, settings, clip):
        import numpy as np
        import torch

        from studio.train.trained import TrainedModel

        torch.manual_seed(0)
        self.torch, self.dataset, self.settings, self.clip = torch, dataset, settings, clip
        self.spec, self.classes, self.device = dataset.spec, dataset.spec.classes, torch.device("cpu")
        self.codec = TrainedModel("", settings, dataset.spec, {}).codec
        self.order = np.random.default_rng(0).permutation(dataset.indices("train"))
        self.modules = {}
        self.averages, self.schedules, self.losses, self.progress = {}, [], [], 0.0

    def module(self, name, net, ema=None):
        from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

        net.to(memory_format=self.torch.channels_last)
        self.modules[name] = net
        if ema:
            self.averages[name] = (net, AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(ema)))
        return net

    def optimizer(self, name, optimizer, lr_schedule=None):
        rates = [group["lr"] for group in optimizer.param_groups]
        self.schedules.append((optimizer, rates, lr_schedule or (lambda progress: 1.0)))
        return optimizer

    def averaged(self, name):
        return self.averages[name][1].module if name in self.averages else self.modules[name]

    def validation(self, measure):
        pass

    def state(self, name, default):
        return default

    def autocast(self):
        return contextlib.nullcontext()

    def sample_of_items(self, count):
        return self.torch.from_numpy(self.dataset.items[: min(count, len(self.dataset.items))].copy())

    def held_out_mean(self, measure):
        items, labels = self.dataset.items[:BATCH].copy(), self.dataset.labels[:BATCH].copy()
        with self.torch.no_grad():
            return float(measure(ItemBatch(self.torch.from_numpy(items), self.torch.from_numpy(labels))))

    def batches(self):
        import numpy as np

        for step in range(WARM + STEPS):
            if step == WARM:
                self.begun = time.perf_counter()
            if step == WARM + STEPS - 1:
                # What a family does after its last step, such as choosing an average, is no step.
                self.ended = time.perf_counter()
            self.progress = step / (WARM + STEPS)
            for optimizer, rates, schedule in self.schedules:
                for group, rate in zip(optimizer.param_groups, rates, strict=True):
                    group["lr"] = rate * schedule(self.progress)
            rows = np.sort(self.order[step * BATCH : (step + 1) * BATCH])
            items, labels = self.dataset.items[rows], self.dataset.labels[rows]
            yield ItemBatch(self.torch.from_numpy(items), self.torch.from_numpy(labels))

    def step(self, *optimizers_and_loss):
        *optimizers, loss = optimizers_and_loss
        parameters = [p for optimizer in optimizers for group in optimizer.param_groups for p in group["params"]]
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward(inputs=parameters)
        if self.clip:
            self.torch.nn.utils.clip_grad_norm_(parameters, self.clip)
        for optimizer in optimizers:
            optimizer.step()
        moved = {id(parameter) for parameter in parameters}
        for net, average in self.averages.values():
            if any(id(parameter) in moved for parameter in net.parameters()):
                average.update_parameters(net)

    def log(self, **values):
        self.losses.append([float(value) for value in values.values()])


def bare_loop(family, dataset, settings, clip):
    """Seconds per step of the bare loop."""
    loop = BareLoop(dataset, settings, clip)
    family.call("studio_train", session=loop)
    return (loop.ended - loop.begun) / (STEPS - 1)


def studio_loop(plugin, workspace, dataset, settings, clip):
    """A run of the studio, everything on but what happens a few times in a run; returns seconds per step."""
    from studio.testing import Trial
    from studio.train.trainer import Trainer

    train = {
        "clip": clip,
        "batch_size": BATCH,
        "threads": 2,
        "steps": WARM + STEPS,
        "validate_every": 10**6,
        "preview_every": 10**6,
    }
    trial = Trial(plugin, workspace, dataset, settings, train)
    times = {}

    class Timed(Trainer):
        def between_steps(self, session):
            times[session.step_count] = time.perf_counter()
            super().between_steps(session)

        def _measure(self, session):
            pass

        def _preview(self, session, path):
            pass

    status = Timed(workspace, trial.folder, trial.family).execute()
    assert status.state == "finished", status.message
    return (times[WARM + STEPS - 1] - times[WARM]) / (STEPS - 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--family", default="diffusion", help="any installed family, with its preset cpu")
    parser.add_argument("--pairs", type=int, default=20)
    options = parser.parse_args()
    wanted = trainer_environment()
    if os.environ.get("MALLOC_TRIM_THRESHOLD_") is None:
        # glibc reads these at start; both sides get what the studio gives its trainers.
        os.execve(sys.executable, [sys.executable, *sys.argv], wanted)
    import torch

    from studio.hooks.loader import load_family
    from studio.store.workspace import Workspace
    from studio.testing import toy_dataset

    torch.set_num_threads(2)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        dataset = toy_dataset(workspace, (28, 28, 1), 10, 4096)
        family = load_family(options.family)
        train, values = split_settings(family.declared.presets[0].settings)
        settings, clip = build_settings(family.declared.settings, values), train.get("clip", 1.0)
        implementation = family.plugin.manager.get_plugin(family.plugin.name)
        result = interleaved(
            lambda: studio_loop(implementation, workspace, dataset, values, clip),
            lambda: bare_loop(family, dataset, settings, clip),
            options.pairs,
        )
    document = {"family": options.family, "batch": BATCH, "threads": 2, "speed": 1 / result.ratio, **asdict(result)}
    print(json.dumps(document))


if __name__ == "__main__":
    main()
