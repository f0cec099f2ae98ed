"""Goes from one item to another through a model's latent space, with the model's exported files alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.errors import ModelError
from studio.core.inputs import fill_inputs, seeded_noise
from studio.core.interpolation import great_circle
from studio.core.manifest import Manifest
from studio.runtime.model import OnnxModel
from studio.store.model import sibling

__all__ = ["Interpolation"]

_BATCH = 16


class Interpolation:
    """A model's encoder and decoder.

    Args:
        sample: The model's file of samples; the others lie beside it.
        provider: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        ModelError: If the model has no latent to go through, or a file cannot be used.
    """

    def __init__(self, sample: Path, provider: str = "auto") -> None:
        self.encoder, self.decoder = (self._open(sample, role, provider) for role in ("encode", "decode"))
        self.manifest = self.decoder.manifest
        kinds = [entry.kind for entry in self.encoder.manifest.inputs]
        taken = [entry for entry in self.manifest.inputs if entry.kind == "value"]
        drawn = any(entry.kind == "noise" for entry in self.manifest.inputs)
        if kinds.count("value") != 1 or set(kinds) - {"value", "label", "scalar"} or len(taken) != 1 or drawn:
            raise ModelError(f"{self.encoder.path} and {self.decoder.path} do not say how a latent goes through them.")
        self._latent = taken[0]

    @staticmethod
    def _open(sample: Path, role: str, provider: str) -> OnnxModel:
        path = sibling(sample, role)
        if path is None:
            name = f"{role}.onnx" if sample.stem == "sample" else f"{sample.stem}.{role}.onnx"
            raise ModelError(
                f"There is no {name} beside {sample}, which items of your own need. The families vae and flow have it, "
                "and diffusion of pictures (export the run again); a gan goes between two samples of its own."
            )
        return OnnxModel(path, provider)

    def run(
        self,
        pair: npt.NDArray[Any],
        count: int,
        label: int = -1,
        on_progress: Callable[[int, int], None] = lambda *_: None,
    ) -> npt.NDArray[Any]:
        """The way from one item to the other.

        Args:
            pair: Both items as stored, (2, ...).
            count: Number of items on the way, both ends included, at least 2.
            label: Class to encode and decode with, -1 for any.
            on_progress: Called with items done and items in all.

        Returns:
            Items as stored, (count, ...); the ends are what the model makes of the two.

        Raises:
            ModelError: If a file fails.
        """
        latents = self._encoded(pair, [label] * 2)
        way = great_circle(latents[0], latents[1], np.linspace(0.0, 1.0, count))
        made = []
        for first in range(0, count, _BATCH):
            rows = way[first : first + _BATCH]
            made.append(self.decoder.run(_feed(self.manifest, rows, [label] * len(rows)))[0])
            on_progress(first + len(rows), count)
        return np.concatenate(made)

    def rebuild(
        self,
        items: npt.NDArray[Any],
        labels: Sequence[int],
        on_progress: Callable[[int, int], None] = lambda *_: None,
    ) -> npt.NDArray[Any]:
        """Items through their latents and back, (N, ...).

        Args:
            items: Items as stored, (N, ...), at least one.
            labels: Class of each, -1 for none.
            on_progress: Called with items done and items in all.

        Raises:
            ModelError: If a file fails.
        """
        made = []
        for first in range(0, len(items), _BATCH):
            rows, known = items[first : first + _BATCH], labels[first : first + _BATCH]
            made.append(self.decoder.run(_feed(self.manifest, self._encoded(rows, known), known))[0])
            on_progress(first + len(rows), len(items))
        return np.concatenate(made)

    def _encoded(self, items: npt.NDArray[Any], labels: Sequence[int]) -> npt.NDArray[Any]:
        latents: npt.NDArray[Any] = self.encoder.run(_feed(self.encoder.manifest, items, labels))[0]
        if latents.shape != (len(items), *self._latent.shape):
            raise ModelError(f"{self.encoder.path} gives {list(latents.shape[1:])}, which is no latent of this model.")
        return latents


def _feed(manifest: Manifest, values: npt.NDArray[Any], labels: Sequence[int]) -> dict[str, npt.NDArray[Any]]:
    """Every input of a file: the values and their classes, nothing known, and each number at its default."""
    for entry in manifest.inputs:
        if entry.kind == "label":
            for label in set(labels):
                entry.check(label)
    count, named = len(values), {entry.name: values for entry in manifest.inputs if entry.kind == "value"}
    return fill_inputs(manifest.inputs, count, seeded_noise(0, range(count)), labels=list(labels), values=named)
