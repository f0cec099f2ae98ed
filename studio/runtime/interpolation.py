"""This file goes from one item to another through a model's latent space, with the model's exported files alone.

The way is the great circle (White 2016, arXiv:1609.04468): between two normal latents a straight line passes through
lengths that no latent has.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.errors import ModelError
from studio.core.sampling import Input
from studio.runtime.model import OnnxModel

__all__ = ["Interpolation", "great_circle", "sibling"]

_BATCH = 16
_PARALLEL = 1e-4


def sibling(sample: Path, role: str) -> Path | None:
    """The file of another role that belongs to a file of samples, in a model's folder or copied elsewhere."""
    path = sample.with_name(f"{role}.onnx" if sample.stem == "sample" else f"{sample.stem}.{role}.onnx")
    return path if path.is_file() else None


def great_circle(
    first: npt.NDArray[np.float32], second: npt.NDArray[np.float32], shares: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """Points between two latents (L,) at shares in [0, 1] (N,), ends included exactly; (N, L).

    Lengths go evenly from one to the other; where both point the same or the opposite way, the line is straight.
    """
    a, b = first.astype(np.float64), second.astype(np.float64)
    lengths = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    cosine = float(a @ b / max(lengths[0] * lengths[1], 1e-12))
    angle, t = math.acos(min(1.0, max(-1.0, cosine))), shares[:, None]
    if min(lengths) == 0.0 or math.sin(angle) < _PARALLEL:
        return ((1.0 - t) * a + t * b).astype(np.float32)
    direction = (np.sin((1.0 - t) * angle) * a / lengths[0] + np.sin(t * angle) * b / lengths[1]) / math.sin(angle)
    return (((1.0 - t) * lengths[0] + t * lengths[1]) * direction).astype(np.float32)


class Interpolation:
    """A model's encoder, and what turns its latents into items: its decoder, or the sampler whose noise they are.

    Args:
        sample: The model's file of samples; the others lie beside it.
        provider: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        ModelError: If the model has no latent to go through, or a file cannot be used.
    """

    def __init__(self, sample: Path, provider: str = "auto") -> None:
        if OnnxModel(sample, provider).manifest.role != "sample":
            raise ModelError(
                f"{sample} draws no samples; give the model's file of samples, beside which this one lies."
            )
        encoder, decoder = sibling(sample, "encode"), sibling(sample, "decode")
        if encoder is None:
            name = "encode.onnx" if sample.stem == "sample" else f"{sample.stem}.encode.onnx"
            raise ModelError(
                f"There is no {name} beside {sample}: copy it there if the model has one. Only models that encode "
                "items, such as those of the families vae and flow, can go from one to another."
            )
        self.encoder = OnnxModel(encoder, provider)
        self.decoder = OnnxModel(decoder or sample, provider)
        self.manifest = self.decoder.manifest
        kinds = [entry.kind for entry in self.encoder.manifest.inputs]
        taken = [entry for entry in self.manifest.inputs if entry.kind == ("value" if decoder else "noise")]
        if kinds.count("value") != 1 or set(kinds) - {"value", "label"} or len(taken) != 1:
            raise ModelError(f"{encoder} and {self.decoder.path} do not say how a latent goes through them.")
        self._latent = taken[0]

    def run(
        self,
        pair: npt.NDArray[np.uint8],
        count: int,
        label: int = -1,
        on_progress: Callable[[int, int], None] = lambda *_: None,
    ) -> npt.NDArray[np.uint8]:
        """The way from one item to the other.

        Args:
            pair: Both items, uint8 (2, H, W, C).
            count: Number of items on the way, both ends included, at least 2.
            label: Class to encode and decode with, -1 for any.
            on_progress: Called with items done and items in all.

        Returns:
            Items, uint8 (count, H, W, C); the ends are what the model makes of the two.

        Raises:
            ModelError: If a file fails.
        """
        feed: dict[str, Any] = {}
        for entry in self.encoder.manifest.inputs:
            if entry.kind == "label":
                entry.check(label)
            feed[entry.name] = pair if entry.kind == "value" else np.full(2, label, np.int64)
        (latents,) = self.encoder.run(feed)
        if latents.shape != (2, *self._latent.shape):
            raise ModelError(f"{self.encoder.path} gives {list(latents.shape[1:])}, which is no latent of this model.")
        way = great_circle(latents[0].flatten(), latents[1].flatten(), np.linspace(0.0, 1.0, count))
        way = way.reshape(count, *self._latent.shape)
        made = []
        for first in range(0, count, _BATCH):
            rows = way[first : first + _BATCH]
            made.append(
                self.decoder.run({entry.name: self._value(entry, rows, label) for entry in self.manifest.inputs})[0]
            )
            on_progress(first + len(rows), count)
        return np.concatenate(made)

    def _value(self, entry: Input, rows: npt.NDArray[np.float32], label: int) -> npt.NDArray[Any]:
        if entry.name == self._latent.name:
            return rows
        if entry.kind == "label":
            return np.full(len(rows), label, np.int64)
        # A latent is noise as it is: a temperature would shrink it.
        return np.array(1.0 if entry.name == "temperature" else entry.default or 0, entry.dtype)
