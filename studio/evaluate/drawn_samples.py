"""Draws the samples that are judged, from the exported file itself."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.errors import ModelError
from studio.core.known_values import KnownValues
from studio.core.manifest import Manifest
from studio.core.modality import DataSpec
from studio.core.request import SampleRequest
from studio.evaluate.features import Items, Progress
from studio.runtime.model import OnnxModel
from studio.runtime.sampling import Sampling
from studio.store.evaluation import SamplingReport

__all__ = ["DrawnSamples", "draw_samples", "open_sampler"]


@dataclass(frozen=True)
class DrawnSamples:
    """Samples of a file.

    Attributes:
        samples: The samples as stored, (N, ...).
        asked: Class that was asked for of each, -1 for any; None where the file takes none.
        report: How they were drawn.
    """

    samples: Items
    asked: npt.NDArray[np.int64] | None
    report: SamplingReport


def open_sampler(file: Path, spec: DataSpec, provider: str = "auto") -> OnnxModel:
    """Open a file whose samples can be compared with items of a data set.

    Raises:
        ModelError: If it cannot be used, or its samples are something else.
    """
    model = OnnxModel(file, provider)
    manifest = model.manifest
    if not manifest.shape:
        raise ModelError(f"{file} does not say what it was trained on; give a file that 'studio export' wrote.")
    if manifest.role != "sample":
        raise ModelError(f"{file} draws no samples, its role is '{manifest.role}'; give the model's sample.onnx.")
    if manifest.modality != spec.modality:
        raise ModelError(f"{file} gives {manifest.modality} data, the data set holds {spec.modality} data.")
    if manifest.shape != spec.shape:
        raise ModelError(
            f"{file} draws samples of {_size(manifest.shape)}, but items of the data set are {_size(spec.shape)};"
            " choose the data set it was trained on."
        )
    if manifest.tokenizer != getattr(spec, "tokenizer", ""):
        raise ModelError(f"{file} writes other tokens than the data set has; choose the data set it was trained on.")
    if _takes_label(manifest) and spec.classes and manifest.classes != spec.classes:
        raise ModelError(f"{file} knows other classes than the data set; choose the data set it was trained on.")
    return model


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _takes_label(manifest: Manifest) -> bool:
    return any(entry.kind == "label" for entry in manifest.inputs)


def draw_samples(
    model: OnnxModel,
    labels: npt.NDArray[np.int64],
    scalars: Mapping[str, float],
    seed: int,
    on_progress: Progress = lambda *_: None,
    sources: Items | None = None,
) -> DrawnSamples:
    """Draw as many samples as there are labels.

    Args:
        model: The open file.
        labels: Class of each sample, -1 for any, int64 (N,): those of the held-out items, so that a data set whose
            classes are uneven is no fault of the model's. A file without classes does without them.
        scalars: Numbers that are not at their default, by input.
        seed: Seed of the request.
        on_progress: Called with samples drawn and samples in all.
        sources: What each sample is made from, (N, S); for a file that takes sources.

    Raises:
        ModelError: If the file fails, refuses a number, or gives something else than images of its shape.
    """
    takes_label = _takes_label(model.manifest)
    asked = tuple(labels.tolist()) if takes_label else ()
    request = SampleRequest(seed=seed, count=len(labels), labels=asked, scalars=scalars, source=_source(model, sources))
    sampling = Sampling(model, request)
    spec = model.manifest.spec
    if spec is None:
        raise ModelError(f"{model.path} does not say what its samples are.")
    shape, dtype, what = spec.shape, np.dtype(spec.dtype), f"{spec.noun}s"
    rows = np.empty((len(labels), *shape), dtype)

    def deliver(first: int, samples: npt.NDArray[Any]) -> None:
        if samples.dtype != dtype or samples.shape[1:] != shape:
            raise ModelError(f"{model.path} gives {samples.dtype} {list(samples.shape[1:])} where it promised {what}.")
        rows[first : first + len(samples)] = samples
        on_progress(first + len(samples), len(rows))

    begun = time.perf_counter()
    sampling.run(deliver)
    report = SamplingReport(
        count=len(rows),
        seed=seed,
        scalars=dict(sampling.request.scalars),
        provider=model.provider,
        seconds=time.perf_counter() - begun,
        sha256=hashlib.sha256(rows.tobytes()).hexdigest(),
    )
    return DrawnSamples(rows, labels if takes_label else None, report)


def _source(model: OnnxModel, sources: Items | None) -> KnownValues | None:
    takes = any(entry.kind == "source" for entry in model.manifest.inputs)
    return KnownValues(sources) if takes and sources is not None else None
