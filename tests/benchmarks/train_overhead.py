"""Steps per second of a studio training against a bare torch loop: same net, batch, EMA, clipping, logging of the loss.

Run: python tests/benchmarks/train_overhead.py [--family vae|diffusion] [--pairs 20]
Prints JSON; ``ratio`` is the studio's time per step over the bare loop's, so 1 / ratio is the share of its speed.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from pairs import interleaved

from studio.jobs.process import trainer_environment

WARM, STEPS, BATCH = 4, 24, 32


def bare_loop(family, dataset, settings):
    """What a careful person writes by hand; returns seconds per step."""
    import numpy as np
    import torch
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

    from studio.api import Continuous
    from studio.nn import make_codec, warmup_cosine
    from studio.train.trained import TrainedModel

    torch.manual_seed(0)
    spec = dataset.spec
    made = TrainedModel(settings, spec, {})
    codec = make_codec(spec, Continuous())
    if family == "vae":
        from studio_vae.model import build, elbo_terms

        net = build(made).to(memory_format=torch.channels_last)
    else:
        from studio_diffusion.model import build

        net = build(made).to(memory_format=torch.channels_last)
    average = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.999))
    optimizer = torch.optim.AdamW(net.parameters(), lr=settings.lr, betas=(0.9, 0.99), weight_decay=0.01)
    schedule = warmup_cosine(0.03)
    order = np.random.default_rng(0).permutation(dataset.indices("train"))
    losses = []
    for step in range(WARM + STEPS):
        if step == WARM:
            begun = time.perf_counter()
        for group in optimizer.param_groups:
            group["lr"] = settings.lr * schedule(step / (WARM + STEPS))
        rows = np.sort(order[step * BATCH : (step + 1) * BATCH])
        x = codec.encode(torch.from_numpy(dataset.items[rows]))
        label = torch.from_numpy(dataset.labels[rows])
        label = torch.where(torch.rand(label.shape) < settings.label_dropout, -1, label)
        if family == "vae":
            reconstruction, kl, _ = elbo_terms(net, x, label)
            loss = reconstruction.mean() + kl.mean(0).clamp(min=settings.free_bits).sum()
        else:
            loss = net.loss(x, label)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        average.update_parameters(net)
        losses.append(loss.item())
    return (time.perf_counter() - begun) / STEPS


def studio_loop(plugin, workspace, dataset):
    """A run of the studio, everything on but what happens a few times in a run; returns seconds per step."""
    from studio.testing import Trial
    from studio.train.trainer import Trainer

    settings = {
        "batch_size": BATCH,
        "threads": 2,
        "steps": WARM + STEPS,
        "validate_every": 10**6,
        "preview_every": 10**6,
    }
    trial = Trial(plugin, workspace, dataset, {}, settings)
    times = {}

    class Timed(Trainer):
        def between_steps(self, session):
            times[session.step_count] = time.perf_counter()
            super().between_steps(session)

        def _measure(self, session):
            times[session.step_count] = time.perf_counter()

        def _preview(self, session, path):
            pass

    status = Timed(workspace, trial.folder, trial.plugin).execute()
    assert status.state == "finished", status.message
    return (times[WARM + STEPS] - times[WARM]) / STEPS


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--family", choices=["vae", "diffusion"], default="diffusion")
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
        plugin = load_family(options.family)
        settings = plugin.family.settings()
        implementation = plugin.manager.get_plugin(plugin.name)
        result = interleaved(
            lambda: studio_loop(implementation, workspace, dataset),
            lambda: bare_loop(options.family, dataset, settings),
            options.pairs,
        )
    document = {"family": options.family, "batch": BATCH, "threads": 2, "speed": 1 / result.ratio, **asdict(result)}
    print(json.dumps(document))


if __name__ == "__main__":
    main()
