"""This file answers a request for samples: noise from the seed, micro-batches of about half a second, cancel."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime
from pydantic import BaseModel, ConfigDict, Field

from studio.core.errors import ModelError
from studio.core.noise import MAX_SEED, noise
from studio.core.sampling import Input, Manifest
from studio.runtime.model import OnnxModel

__all__ = ["Cancelled", "SampleRequest", "Sampling", "check_request"]

_BATCH_S = 0.5
_FIRST_BATCH = 4
_LARGEST_BATCH = 512


class Cancelled(Exception):
    """The request was cancelled."""


class SampleRequest(BaseModel):
    """What to sample.

    Attributes:
        seed: Seed of the request.
        start: Number of the first sample.
        count: Number of samples.
        labels: Class of each sample, or one for all; empty for the default.
        scalars: Numbers that are not at their default, by input.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = Field(0, ge=0, le=MAX_SEED)
    start: int = Field(0, ge=0, le=MAX_SEED)
    count: int = Field(64, ge=1, le=1_000_000)
    labels: tuple[int, ...] = ()
    scalars: Mapping[str, float] = Field(default_factory=dict)


def check_request(manifest: Manifest, request: SampleRequest) -> SampleRequest:
    """Check a request against what the file takes.

    Returns:
        The request with the value of every scalar filled in.

    Raises:
        ModelError: If the file has no such input, or a value is out of bounds.
    """
    inputs = {entry.name: entry for entry in manifest.inputs}
    scalars = {name: entry for name, entry in inputs.items() if entry.kind == "scalar"}
    for name in request.scalars:
        if name not in scalars:
            known = ", ".join(scalars) or "none"
            raise ModelError(f"This model has no input '{name}'; the numbers it takes are: {known}.")
    values = {name: entry.check(request.scalars.get(name, entry.default or 0)) for name, entry in scalars.items()}
    if request.labels:
        if "label" not in inputs:
            raise ModelError("This model was trained without classes; leave the label away.")
        for label in set(request.labels):
            inputs["label"].check(label)
        if len(request.labels) not in (1, request.count):
            raise ModelError(f"Give one label, or one for each of the {request.count} samples.")
    if request.start + request.count - 1 > MAX_SEED:
        raise ModelError(f"The numbers of the samples must stay below {MAX_SEED + 1}; start lower or ask for fewer.")
    given = [entry.name for entry in manifest.inputs if entry.kind == "value"]
    if given:
        raise ModelError(f"This file wants {given[0]} to be given; sample with the file 'sample.onnx' of the model.")
    return request.model_copy(update={"scalars": values})


class Sampling:
    """One request on an open model; ``cancel`` may be called from another thread.

    Args:
        model: The model.
        request: The request, checked here.
    """

    def __init__(self, model: OnnxModel, request: SampleRequest) -> None:
        self.model = model
        self.request = check_request(model.manifest, request)
        self._cancelled = False
        self._options = onnxruntime.RunOptions()
        self._options.log_severity_level = 4

    def cancel(self) -> None:
        """End the request as soon as the runtime notices, in the middle of a micro-batch too."""
        self._cancelled = True
        self._options.terminate = True

    def feed(self, indices: Sequence[int]) -> dict[str, np.ndarray[Any, Any]]:
        """The inputs of some samples of the request, by their position in it."""
        request = self.request
        numbers = [request.start + index for index in indices]
        feed: dict[str, np.ndarray[Any, Any]] = {}
        lane = 0
        for entry in self.model.manifest.inputs:
            if entry.kind == "noise":
                feed[entry.name] = noise(request.seed, numbers, entry.shape, entry.distribution or "normal", lane)
                lane += 1
            elif entry.kind == "label":
                feed[entry.name] = np.array([self._label(entry, index) for index in indices], np.int64)
            else:
                feed[entry.name] = np.array(request.scalars[entry.name], entry.dtype)
        return feed

    def _label(self, entry: Input, index: int) -> int:
        labels = self.request.labels
        if not labels:
            return int(entry.default if entry.default is not None else -1)
        return labels[0] if len(labels) == 1 else labels[index]

    def run(self, deliver: Callable[[int, np.ndarray[Any, Any]], None]) -> None:
        """Draw the samples.

        Args:
            deliver: Called with the position of the first sample of a micro-batch and its samples (B, ...), uint8.

        Raises:
            Cancelled: If it was cancelled.
            ModelError: If the model fails.
        """
        done, size = 0, _FIRST_BATCH
        count = self.request.count
        while done < count:
            indices = range(done, min(count, done + size))
            begun = time.perf_counter()
            if self._cancelled:
                raise Cancelled
            try:
                (samples,) = self.model.run(self.feed(indices), options=self._options)
            except ModelError:
                if self._cancelled:
                    raise Cancelled from None
                raise
            elapsed = time.perf_counter() - begun
            if len(samples) != len(indices):
                raise ModelError(f"The model gave {len(samples)} samples where {len(indices)} were asked for.")
            deliver(done, samples)
            done += len(indices)
            wanted = int(len(indices) * _BATCH_S / max(elapsed, 1e-4))
            size = max(1, min(wanted, 4 * size, _LARGEST_BATCH))
