"""Answers a request for samples: noise from the seed, micro-batches of about half a second, cancel."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnxruntime

from studio.core.errors import ModelError
from studio.core.inputs import LaneNoise, fill_inputs, seeded_noise
from studio.core.interpolation import great_circle, shorter_way_round
from studio.core.known_values import KnownValues
from studio.core.manifest import Input
from studio.core.request import SampleRequest, check_request
from studio.core.words import readable_size
from studio.runtime.memory import MemoryShortError
from studio.runtime.model import OnnxModel

__all__ = ["Cancelled", "Sampling"]

_BATCH_S = 0.5
_FIRST_BATCH = 4
_LARGEST_BATCH = 512
_LARGEST_SAMPLE_BYTES = 2**28


class Cancelled(Exception):
    """The request was cancelled."""


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
        request, manifest = self.request, self.model.manifest
        labels = [label for index in indices if (label := request.label(index)) is not None]
        return fill_inputs(
            manifest.inputs,
            len(indices),
            self._noise(indices),
            labels=labels or None,
            scalars=request.scalars,
            given=_values(request.given),
            sources=_values(request.sources(slice(indices[0], indices[-1] + 1))),
        )

    def _noise(self, indices: Sequence[int]) -> LaneNoise:
        request, path = self.request, self.request.interpolation
        if path is None:
            return seeded_noise(request.seed, [request.start + index for index in indices])
        ends = seeded_noise(request.seed, [request.start]), seeded_noise(path.seed, [path.index])
        shares = [path.shares[index] for index in indices]

        def between(entry: Input, lane: int) -> np.ndarray[Any, Any]:
            near, far = (end(entry, lane)[0] for end in ends)
            return (shorter_way_round if entry.distribution == "uniform" else great_circle)(near, far, shares)

        return between

    def run(self, deliver: Callable[[int, np.ndarray[Any, Any]], None]) -> None:
        """Draw the samples.

        Args:
            deliver: Called with the position of the first sample of a micro-batch and its samples (B, ...).

        Raises:
            Cancelled: If it was cancelled.
            ModelError: If the model fails.
        """
        done, size, largest = 0, _FIRST_BATCH, _LARGEST_BATCH
        count = self.request.count
        while done < count:
            indices = range(done, min(count, done + size))
            begun = time.perf_counter()
            if self._cancelled:
                raise Cancelled
            try:
                (samples,) = self.model.run(self.feed(indices), options=self._options)
            except MemoryShortError:
                if len(indices) == 1:
                    raise
                # Fewer at once may fit.
                largest = size = max(1, len(indices) // 4)
                continue
            except ModelError:
                if self._cancelled:
                    raise Cancelled from None
                raise
            elapsed = time.perf_counter() - begun
            if samples[:1].nbytes > _LARGEST_SAMPLE_BYTES:
                raise ModelError(f"A sample of this model has {readable_size(samples[:1].nbytes)}, which is too much.")
            if len(samples) != len(indices):
                raise ModelError(f"The model gave {len(samples)} samples where {len(indices)} were asked for.")
            deliver(done, samples)
            done += len(indices)
            wanted = int(len(indices) * _BATCH_S / max(elapsed, 1e-4))
            size = max(1, min(wanted, 4 * size, largest))


def _values(known: KnownValues | None) -> np.ndarray[Any, Any] | None:
    return known.values if known is not None else None
