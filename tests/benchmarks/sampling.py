"""Sampling by the exported file on the CPU against the same sampler in eager torch, batch 16, two threads.

Run: python tests/benchmarks/sampling.py [--family NAME] [--pairs 20] [--batch 16] [--guidance 1.0]
     python tests/benchmarks/sampling.py --run DIR [--pairs 20] [--batch 16]
Prints JSON; ``ratio`` is the file's time over torch's. With DIR, a run's folder, it is what that run has learned, as
texts need, whose length is drawn.
"""

import argparse
import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import torch
from pairs import interleaved

from studio.core.manifest import Manifest
from studio.core.modality import ImageSpec
from studio.core.settings import build_settings, split_settings
from studio.export.exporter import write_model_file
from studio.export.graph import assemble
from studio.export.parity import measure_parity
from studio.hooks.loader import load_family
from studio.nn.sampler import draw_inputs, run_program
from studio.runtime.model import OnnxModel
from studio.store.run import read_run
from studio.train.checkpoint import CheckpointFolder
from studio.train.trained import TrainedModel, averaged_weights


class RandomModel(TrainedModel):
    """Random weights in every layer, those that begin at zero too, so that nothing is optimised away."""

    def module(self, name, net):
        torch.manual_seed(0)
        for parameter in net.parameters():
            if not parameter.any():
                torch.nn.init.normal_(parameter, std=0.02)
        if name == "palette":
            # The levels of ink on paper, which are no weights and known before the first step.
            net.fill((0, 255))
        return net.eval().requires_grad_(False)


def unlearned(name):
    """A family in its first preset for digits, and a model of random weights."""
    family = load_family(name)
    spec = ImageSpec(shape=(28, 28, 1), classes=tuple("0123456789"))
    _, values = split_settings(family.declared.presets[0].settings)
    return family, RandomModel(family.declared.id, build_settings(family.declared.settings, values), spec, {})


def learned(folder):
    """The family of a run, and the model of its best checkpoint."""
    run = read_run(folder)
    family = load_family(run.family, run.distribution)
    settings = build_settings(family.declared.settings, run.settings)
    weights = averaged_weights(CheckpointFolder(folder / "checkpoints").best())
    return family, TrainedModel(family.declared.id, settings, run.spec, weights)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--family", default="diffusion", help="any installed family, with its preset cpu")
    parser.add_argument("--run", type=Path, metavar="DIR", help="a run's folder, in place of random weights")
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--guidance", type=float, default=1.0)
    options = parser.parse_args()
    torch.set_num_threads(2)
    family, trained = learned(options.run) if options.run else unlearned(options.family)
    sampler = family.call("studio_sample", trained=trained)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.onnx"
        manifest = Manifest(inputs=tuple(sampler.inputs))
        parity = write_model_file(assemble(sampler), manifest, path, lambda trial: measure_parity(sampler, trial))
        model = OnnxModel(path, "cpu", threads=2)
        classes = len(trained.spec.classes)
        labels = [index % classes for index in range(options.batch)] if classes else None
        guided = any(entry.name == "guidance" for entry in sampler.inputs)
        scalars = {"guidance": options.guidance} if guided else {}
        inputs = draw_inputs(sampler.inputs, 0, range(options.batch), labels, scalars)
        feed = {entry.name: tensor.numpy() for entry, tensor in zip(sampler.inputs, inputs, strict=True)}
        repeat = 1 if sampler.stages else 20

        def by_file():
            for _ in range(repeat):
                model.run(feed)

        def by_torch():
            for _ in range(repeat):
                run_program(sampler, inputs)

        result = interleaved(by_file, by_torch, options.pairs)
    document = {"family": family.declared.id, "batch": options.batch, "guidance": options.guidance, "threads": 2}
    print(json.dumps({**document, "parity_max_abs": parity.max_abs, **asdict(result)}))


if __name__ == "__main__":
    main()
