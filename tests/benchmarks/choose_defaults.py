"""The default of an input that trades variety for fidelity, chosen on VALIDATION items by the judge's headline.

Run: python tests/benchmarks/choose_defaults.py DATASET FILE.onnx... [--workspace DIR] [--samples 2000] [--values 1 1.5]
DATASET is an id or a name. Diffusion is asked for ``guidance``, others for ``temperature``; files of one family are
trainings of one model. Prints JSON: for each family every value with its distances above the floor, the best by the
Fréchet distance in the first set of features, and whether it can be told from the default that the file has now.
"""

import argparse
import json
import sys
from pathlib import Path

import torch

from studio.core.device import count_cpu_cores
from studio.core.errors import StudioError, explain
from studio.core.estimate import Estimate
from studio.evaluate.choice import SEED
from studio.evaluate.drawn_samples import draw_samples, open_sampler
from studio.evaluate.measurement import DISTANCES, FRECHET, measure_features
from studio.evaluate.reference import Reference
from studio.store.dataset import find_dataset
from studio.store.place import default_workspace
from studio.store.workspace import Workspace

GRIDS = {
    "guidance": (1.0, 1.25, 1.5, 1.75, 2.0, 2.5),
    "temperature": (0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0),
}


def offered(model):
    """The input to choose a default for."""
    names = {entry.name: entry for entry in model.manifest.inputs}
    for name in GRIDS:
        if name in names:
            return names[name]
    raise StudioError(f"{model.path} offers neither guidance nor temperature.")


def above_floor(model, reference, scalars):
    """Each distance above the floor, in the first set of features."""
    features = reference.sets[0]
    drawn = draw_samples(model, reference.held_out_labels, scalars, SEED)
    standard = reference.standard(drawn.asked is not None, drawn.samples)
    found = measure_features(standard.features(features)[0], features.extract(drawn.samples), SEED)
    return {name: found[name].minus(standard.floor(features)[name]) for name in DISTANCES}


def described(estimate):
    """A number with its 95 % interval."""
    low, high = estimate.interval()
    return {"value": estimate.value, "low": low, "high": high}


def choose(models, reference, values):
    """The JSON of one family."""
    entry = offered(models[0])
    tried = sorted({*(values or GRIDS[entry.name]), float(entry.default)})
    found = {}
    for value in tried:
        each = [above_floor(model, reference, {entry.name: value}) for model in models]
        found[value] = {name: Estimate.mean([one[name] for one in each]) for name in DISTANCES}
        print(f"{entry.name} {value:g}: {found[value][FRECHET].value:.4g}", file=sys.stderr)
    best = min(tried, key=lambda value: found[value][FRECHET].value)
    gain = found[float(entry.default)][FRECHET].minus(found[best][FRECHET])
    return {
        "input": entry.name,
        "trainings": len(models),
        "default": entry.default,
        "best": best,
        "gain": {**described(gain), "told": gain.interval()[0] > 0.0},
        "tried": {f"{value:g}": {name: described(found[value][name]) for name in DISTANCES} for value in tried},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--workspace", type=Path, default=None)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--values", nargs="+", type=float)
    parser.add_argument("--provider", default="auto")
    options = parser.parse_args()
    torch.set_num_threads(count_cpu_cores())
    workspace = Workspace(options.workspace or default_workspace())
    folder, _ = find_dataset(workspace, options.dataset)
    reference = Reference(folder, options.samples, lambda *_: None, split="validation")
    families = {}
    for file in options.files:
        model = open_sampler(file, reference.dataset.spec, options.provider)
        families.setdefault(model.manifest.family, []).append(model)
    result = {
        "dataset": reference.name,
        "split": reference.split,
        "samples": reference.count,
        "features": reference.sets[0].name,
        "families": {name: choose(models, reference, options.values) for name, models in families.items()},
        "notes": reference.notes,
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    try:
        main()
    except StudioError as error:
        sys.exit(explain(error))
