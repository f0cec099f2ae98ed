"""Fills the inputs of an exported file, by one rule for torch, the sampler service and the judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.manifest import Input
from studio.core.noise import noise

__all__ = ["LaneNoise", "fill_inputs", "seeded_noise"]

# Noise for an input by its counter lane, float32 (N, *shape).
LaneNoise = Callable[[Input, int], npt.NDArray[np.float32]]


def seeded_noise(seed: int, indices: Sequence[int]) -> LaneNoise:
    """The noise of samples of a request, by its seed and their numbers (N,)."""
    return lambda entry, lane: noise(seed, indices, entry.shape, entry.distribution or "normal", lane)


def fill_inputs(
    inputs: Sequence[Input],
    count: int,
    lane_noise: LaneNoise,
    *,
    labels: Sequence[int] | npt.NDArray[np.int64] | None = None,
    scalars: Mapping[str, float] | None = None,
    given: npt.NDArray[Any] | None = None,
    sources: npt.NDArray[Any] | None = None,
    values: Mapping[str, npt.NDArray[Any]] | None = None,
) -> dict[str, npt.NDArray[Any]]:
    """Make every input of a file for some samples.

    Noise inputs have counter lanes of their own, from 0 in the file's order; other inputs count no lane.

    Args:
        inputs: The file's inputs.
        count: Number N of samples.
        lane_noise: Makes the noise.
        labels: Class of each sample (N,); None for -1.
        scalars: Numbers that are not at their default, by input.
        given: What is known of every sample, of one item's shape, free where ``given_input`` says; None where all is.
        sources: What each sample is made from, (N, S), or (S,) for all; None for empty ones.
        values: What the caller gives for every sample, by input.

    Returns:
        Arrays by input, in the file's order.

    Raises:
        ValueError: If a value is missing that the caller has to give.
    """
    filled: dict[str, npt.NDArray[Any]] = {}
    lane = 0
    for entry in inputs:
        match entry.kind:
            case "noise":
                filled[entry.name] = lane_noise(entry, lane)
                lane += 1
            case "label":
                filled[entry.name] = np.full(count, -1, np.int64) if labels is None else np.asarray(labels, np.int64)
            case "scalar":
                filled[entry.name] = np.array((scalars or {}).get(entry.name, entry.default or 0), entry.dtype)
            case "given":
                filled[entry.name] = _known(entry, count, given)
            case "source":
                whole = np.full((count, *entry.shape), entry.default if sources is None else sources)
                filled[entry.name] = whole.astype(entry.dtype)
            case "value":
                if values is None or entry.name not in values:
                    raise ValueError(f"input {entry.name} has to be given by the caller")
                filled[entry.name] = values[entry.name]
    return filled


def _known(entry: Input, count: int, given: npt.NDArray[Any] | None) -> npt.NDArray[Any]:
    """What is known of each sample: whole numbers are free where they are -1, real ones where they are NaN."""
    free = -1 if entry.dtype == "int64" else np.nan
    return np.full((count, *entry.shape), free if given is None else given, entry.dtype)
