"""Measures how closely an exported file follows torch: the certificate of parity in its manifest."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from studio.core.manifest import Input, Parity
from studio.core.modality import DataSpec, TextSpec
from studio.core.noise import noise
from studio.export.graph import DECODED_OUTPUT
from studio.nn.sampler import Program, Sampler, Transform, draw_inputs, run_program
from studio.runtime.model import OnnxModel

__all__ = ["TOLERANCE", "library_versions", "measure_parity"]

# Of logits, latents and nats a dimension; decoded values have the tolerance of their codec.
TOLERANCE = 1e-4
_COUNTS = (5, 3)
# Lanes of the noise from here on are those of no input of a program.
_VALUE_LANE = 1000
Array = np.ndarray[Any, Any]
Pair = tuple[Array, Array]


def library_versions() -> dict[str, str]:
    """Versions of everything that takes part in an export."""
    found = {"python": platform.python_version()}
    for name in ("generative-studio", "torch", "onnx", "onnx-ir", "onnxscript", "onnxruntime-gpu", "onnxruntime"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _same(ours: Array, theirs: Array) -> Array:
    """Which values of items are the same: to the bit if whole, else but for their last bits, or both missing."""
    if ours.dtype.kind != "f":
        return ours == theirs
    return np.isclose(ours, theirs, rtol=1e-3, atol=1e-6, equal_nan=True)


def _certificate(pairs: Sequence[Pair], items: Sequence[Pair], tolerance: float, provider: str) -> Parity:
    with np.errstate(invalid="ignore"):
        differences = np.concatenate([np.abs(a.astype(np.float64) - b.astype(np.float64)).ravel() for a, b in pairs])
    largest = float(differences.max())
    # A NaN on either side is as far off as can be.
    largest = largest if np.isfinite(largest) else 1e30
    mean = float(differences.mean()) if largest < 1e30 else 1e30
    differing = None
    if items:
        differing = float(np.mean(np.concatenate([~_same(a, b).ravel() for a, b in items])))
    return Parity(
        max_abs=largest,
        mean_abs=mean,
        differing=differing,
        tolerance=tolerance,
        passed=largest <= tolerance,
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


def _value(entry: Input, spec: DataSpec | None, seed: int, count: int, place: int) -> Tensor:
    """What a caller might give: items as such data sets hold, or a latent of normal numbers."""
    if entry.name == "items":
        if spec is None:
            raise ValueError("a program that takes items needs their spec")
        return torch.from_numpy(spec.examples(count, seed))
    return torch.from_numpy(noise(seed, range(count), entry.shape, "normal", _VALUE_LANE + place))


def _sources(spec: DataSpec | None, seed: int, count: int) -> Tensor | None:
    """What samples might be made from; None where items have no source."""
    if not isinstance(spec, TextSpec) or not spec.source_shape:
        return None
    return torch.from_numpy(spec.example_sources(count, seed))


def measure_parity(program: Program, path: Path, spec: DataSpec | None = None, seed: int = 0) -> Parity:
    """Compare what torch and a file, which still has the decoded output, make of the same inputs.

    A batch of five with every scalar at its default, then one of three with every scalar off it (so that guidance
    takes part) and a class for each. A log-likelihood is compared by nats a dimension.

    Args:
        program: The sampler or transform, on the CPU.
        path: The file.
        spec: What the items have in common; needed where the program takes items.
        seed: Seed of the noise and of the values.
    """
    model = OnnxModel(path, "cpu", threads=torch.get_num_threads())
    names = [entry.name for entry in program.inputs]
    classes = max((int(entry.maximum or 0) + 1 for entry in program.inputs if entry.kind == "label"), default=0)
    off = {entry.name: _off_default(entry) for entry in program.inputs if entry.kind == "scalar"}
    pairs, items = [], []
    for count, scalars, first in zip(_COUNTS, ({}, off), (-1, 0), strict=True):
        labels = [first + index % (classes - first) if classes else -1 for index in range(count)]
        values = {
            entry.name: _value(entry, spec, seed, count, place)
            for place, entry in enumerate(program.inputs)
            if entry.kind == "value"
        }
        inputs = draw_inputs(program.inputs, seed, range(count), labels, scalars, values, _sources(spec, seed, count))
        compared, output = (tensor.numpy() for tensor in run_program(program, inputs))
        if program.codec is None:
            pairs.append((compared, model.run(_feed(names, inputs), [program.output])[0]))
        else:
            made, before = model.run(_feed(names, inputs), [program.output, DECODED_OUTPUT])
            pairs.append((compared, before))
            if output.dtype.kind in "ui" or getattr(program.codec, "rounds", False):
                items.append((output, made))
            else:
                # Real numbers nearly all differ in their last bits: how far, is told where each means the same.
                pairs.append((_view(program, output), _view(program, made)))
    if isinstance(program, Sampler) and program.certified is not None:
        return _certificate(_alike(pairs, items), items, TOLERANCE, model.provider)
    if isinstance(program, Transform) and program.likelihood is not None:
        pairs = [_by_dimension(ours, theirs, program.likelihood.dims) for ours, theirs in pairs]
    tolerance = TOLERANCE if program.codec is None else program.codec.tolerance
    return _certificate(pairs, items, tolerance, model.provider)


def _view(program: Program, items: Array) -> Array:
    """Items as stored in the view, where a difference means the same in every number."""
    view: Array = program.codec.encode(torch.from_numpy(items)).numpy()
    return view


def _by_dimension(ours: Array, theirs: Array, dims: int) -> Pair:
    """Nats of whole items by the number of their values and, where each costs more than a nat, by what it costs.

    They are sums of hundreds of terms, whose rounding grows with them.
    """
    size = np.abs(ours).clip(min=float(dims))
    return ours / size, theirs / size


def _alike(pairs: Sequence[Pair], items: Sequence[Pair]) -> Sequence[Pair]:
    """The pairs of those samples whose items are equal, where one at most is not.

    A symbol is drawn where a uniform number falls between the edges of a distribution. A number that lies within
    rounding of an edge falls to one side here and to the other there (one sample in some hundreds); all that follows
    differs then. That is counted in the share of items that differ; two of eight samples are no such chance.
    """
    equal = [_same(ours, theirs).reshape(len(ours), -1).all(1) for ours, theirs in items]
    if sum(int((~rows).sum()) for rows in equal) > 1:
        return pairs
    return [(a[rows], b[rows]) for (a, b), rows in zip(pairs, equal, strict=True)]
