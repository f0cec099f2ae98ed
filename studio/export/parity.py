"""This file measures how closely an exported file follows torch: the certificate of parity in its manifest."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from studio.core.sampling import Input, Parity
from studio.export.graph import UNIT_OUTPUT
from studio.nn.sampler import Sampler, Transform, draw_inputs, run_sampler
from studio.runtime.model import OnnxModel

__all__ = ["TOLERANCE", "library_versions", "sampler_parity", "transform_parity"]

TOLERANCE = 1e-4
_COUNTS = (5, 3)
Pair = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]


def library_versions() -> dict[str, str]:
    """Versions of everything that takes part in an export."""
    found = {"python": platform.python_version()}
    for name in ("generative-studio", "torch", "onnx", "onnx-ir", "onnxscript", "onnxruntime-gpu", "onnxruntime"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _certificate(pairs: Sequence[Pair], items: Any, provider: str) -> Parity:
    differences = np.concatenate([np.abs(a.astype(np.float64) - b.astype(np.float64)).ravel() for a, b in pairs])
    largest = float(differences.max())
    # A NaN on either side is as far off as can be.
    largest = largest if np.isfinite(largest) else 1e30
    mean = float(differences.mean()) if largest < 1e30 else 1e30
    differing = None
    if items is not None:
        differing = float(np.mean(np.concatenate([(a != b).ravel() for a, b in items])))
    return Parity(
        max_abs=largest,
        mean_abs=mean,
        differing=differing,
        tolerance=TOLERANCE,
        passed=largest <= TOLERANCE,
        count=sum(len(a) for a, _ in pairs),
        provider=provider,
        versions=library_versions(),
    )


def _off_default(entry: Input) -> float:
    """A value of a scalar that is not its default: one more for a whole number, halfway to the maximum for another."""
    default = entry.default or 0
    maximum = entry.maximum if entry.maximum is not None else default + 2
    value = min(default + 1, maximum) if entry.dtype == "int64" else (default + min(maximum, default + 2)) / 2
    return float(value)


def _feed(names: Sequence[str], inputs: Sequence[Tensor]) -> dict[str, np.ndarray[Any, Any]]:
    return {name: tensor.numpy() for name, tensor in zip(names, inputs, strict=True)}


def sampler_parity(sampler: Sampler, path: Path, seed: int = 0) -> Parity:
    """Compare samples of torch and of a file that still has the output before quantisation.

    A batch of five with every scalar at its default, then one of three with every scalar off it (so that guidance
    takes part) and a class for each.

    Args:
        sampler: The sampler, on the CPU.
        path: The file.
        seed: Seed of the noise.
    """
    model = OnnxModel(path, "cpu", threads=torch.get_num_threads())
    names = [entry.name for entry in sampler.inputs]
    classes = max((int(entry.maximum or 0) + 1 for entry in sampler.inputs if entry.kind == "label"), default=0)
    off = {entry.name: _off_default(entry) for entry in sampler.inputs if entry.kind == "scalar"}
    pairs, items = [], []
    for count, scalars, first in zip(_COUNTS, ({}, off), (-1, 0), strict=True):
        labels = [first + index % (classes - first) if classes else -1 for index in range(count)]
        inputs = draw_inputs(sampler.inputs, seed, range(count), labels, scalars)
        unit, quantised = run_sampler(sampler, inputs)
        samples, before = model.run(_feed(names, inputs), ["samples", UNIT_OUTPUT])
        pairs.append((unit.numpy(), before))
        items.append((quantised.numpy(), samples))
    return _certificate(pairs if sampler.certified is None else _alike(pairs, items), items, model.provider)


def _alike(pairs: Sequence[Pair], items: Sequence[Pair]) -> Sequence[Pair]:
    """The pairs of those samples whose items are equal, where one at most is not.

    A symbol is drawn where a uniform number falls between the edges of a distribution. A number that lies within
    rounding of an edge falls to one side here and to the other there (one sample in some hundreds); all that follows
    differs then. That is counted in the share of items that differ; two of eight samples are no such chance.
    """
    equal = [np.array([np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True)]) for ours, theirs in items]
    if sum(int((~rows).sum()) for rows in equal) > 1:
        return pairs
    return [(a[rows], b[rows]) for (a, b), rows in zip(pairs, equal, strict=True)]


@torch.inference_mode()
def transform_parity(transform: Transform, inputs: Sequence[Tensor], path: Path) -> Parity:
    """Compare an encoder, decoder or log-likelihood (by nats per dimension) of torch with its file on given inputs."""
    model = OnnxModel(path, "cpu", threads=torch.get_num_threads())
    names = [entry.name for entry in transform.inputs]
    expected = transform.module(*inputs)
    if transform.codec is None:
        (got,) = model.run(_feed(names, inputs), [transform.output])
        if transform.likelihood is not None:
            # Nats of a whole item are sums of hundreds of terms; they compare by the number of the item's values, and,
            # where an item is so unlikely that each costs more than a nat, by what it costs.
            size = expected.abs().clamp(min=float(transform.likelihood.dims))
            expected, got = expected / size, got / size.numpy()
        return _certificate([(expected.numpy(), got)], None, model.provider)
    unit = transform.codec.to_unit(expected)
    samples, before = model.run(_feed(names, inputs), [transform.output, UNIT_OUTPUT])
    return _certificate([(unit.numpy(), before)], [(transform.codec.quantise(unit).numpy(), samples)], model.provider)
