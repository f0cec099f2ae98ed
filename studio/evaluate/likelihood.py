"""This file measures how likely held-out items are under a model, by its file ``log_prob.onnx``.

A file that bounds log p(x) from below is run many times for each item, with other noise. Its numbers are logarithms of
importance weights, whose log-mean-exp rises to log p(x) with the number of draws, or terms whose mean is the bound.

References:
    Burda, Grosse and Salakhutdinov, Importance weighted autoencoders, 2016, arXiv:1509.00519, equation 8.
    Theis, van den Oord and Bethge, A note on the evaluation of generative models, 2016, arXiv:1511.01844, section 3.1
        (why the protocol belongs to the number).
"""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.errors import ModelError
from studio.core.noise import noise
from studio.core.sampling import Likelihood
from studio.core.words import number_of
from studio.evaluate.features import Items, Progress
from studio.runtime.model import OnnxModel
from studio.store.evaluation import LikelihoodReport

__all__ = ["DATA_NOISE", "bits_per_dim", "log_likelihood", "measure_likelihood"]

DATA_NOISE = "noise.data"
_BATCH_S = 0.5
_FIRST_BATCH, _LARGEST_BATCH = 16, 512


def bits_per_dim(nats: float, dims: int) -> float:
    """Log-likelihood of an item in nats to bits that coding one of its numbers takes: -nats / (dims ln 2)."""
    return -nats / (dims * math.log(2.0))


def open_likelihood(path: Path, provider: str = "auto") -> tuple[OnnxModel, Likelihood]:
    """Open a file of log-likelihoods.

    Raises:
        ModelError: If it is none, or cannot be used.
    """
    model = OnnxModel(path, provider)
    manifest = model.manifest
    given = [entry for entry in manifest.inputs if entry.kind == "value"]
    known = all(entry.kind in ("value", "noise", "label") for entry in manifest.inputs)
    if manifest.role != "log_prob" or manifest.likelihood is None or len(given) != 1 or not known:
        raise ModelError(f"{path} does not say what its log-likelihoods are; export the model again.")
    return model, manifest.likelihood


def log_likelihood(
    model: OnnxModel,
    items: Items,
    labels: npt.NDArray[np.int64],
    draws: int,
    on_progress: Progress = lambda *_: None,
) -> npt.NDArray[np.float64]:
    """Log p of each item in nats, or its bound by so many draws.

    The noise of item k and draw d depends on (k, d) alone, never on the batch; ``noise.data`` on k alone.

    Args:
        model: The open file.
        items: Items, uint8, shape (N, ...).
        labels: Class of each, -1 for none, (N,); for a file that takes labels.
        draws: Draws for each item; a file without noise of its own takes one.
        on_progress: Called with items done and items in all.

    Raises:
        ModelError: If the file fails or gives something else than one number for each item.
    """
    draws = draws if _is_random(model) else 1
    terms = model.manifest.likelihood is not None and model.manifest.likelihood.draws == "terms"
    result = np.empty(len(items), np.float64)
    done, size = 0, _FIRST_BATCH
    while done < len(items):
        rows = range(done, min(len(items), done + size))
        fixed = _fixed_inputs(model, items, labels, rows)
        total = np.zeros(len(rows)) if terms else np.full(len(rows), -np.inf)
        begun = time.perf_counter()
        for draw in range(draws):
            (value,) = model.run({**fixed, **_drawn_inputs(model, rows, draw)})
            if value.shape != (len(rows),):
                raise ModelError(f"{model.path.name} gives {list(value.shape)} where one number an item is expected.")
            drawn = value.astype(np.float64)
            total = total + drawn if terms else np.logaddexp(total, drawn)
            on_progress(done * draws + (draw + 1) * len(rows), len(items) * draws)
        result[done : done + len(rows)] = total / draws if terms else total - math.log(draws)
        done += len(rows)
        elapsed = (time.perf_counter() - begun) / draws
        size = max(1, min(int(len(rows) * _BATCH_S / max(elapsed, 1e-4)), 4 * size, _LARGEST_BATCH))
    return result


def _is_random(model: OnnxModel) -> bool:
    return any(entry.kind == "noise" and entry.name != DATA_NOISE for entry in model.manifest.inputs)


def _fixed_inputs(model: OnnxModel, items: Items, labels: npt.NDArray[np.int64], rows: range) -> dict[str, Any]:
    feed: dict[str, Any] = {}
    for lane, entry in enumerate(model.manifest.inputs):
        if entry.kind == "value":
            feed[entry.name] = items[rows.start : rows.stop]
        elif entry.kind == "label":
            feed[entry.name] = labels[rows.start : rows.stop]
        elif entry.name == DATA_NOISE:
            feed[entry.name] = noise(0, rows, entry.shape, entry.distribution or "uniform", lane)
    return feed


def _drawn_inputs(model: OnnxModel, rows: range, draw: int) -> dict[str, Any]:
    return {
        entry.name: noise(draw, rows, entry.shape, entry.distribution or "normal", lane)
        for lane, entry in enumerate(model.manifest.inputs)
        if entry.kind == "noise" and entry.name != DATA_NOISE
    }


def measure_likelihood(
    path: Path,
    items: Items,
    labels: npt.NDArray[np.int64],
    split: str,
    draws: int,
    provider: str = "auto",
    on_progress: Progress = lambda *_: None,
) -> list[LikelihoodReport]:
    """Log-likelihood of held-out items: without their class and, where the file takes classes, given it.

    Args:
        path: The file of log-likelihoods.
        items: Held-out items, uint8, (N, H, W, C), N at least 2.
        labels: Class of each, -1 for none.
        split: Name of the split they are from.
        draws: Draws of a bound for each item.
        provider: ``auto``, ``cpu`` or ``cuda``.
        on_progress: Called with runs done and runs in all.

    Raises:
        ModelError: If the file cannot be used.
    """
    model, said = open_likelihood(path, provider)
    shape = next(entry.shape for entry in model.manifest.inputs if entry.kind == "value")
    if shape != items.shape[1:]:
        raise ModelError(f"{path} takes items of shape {list(shape)}, not {list(items.shape[1:])}.")
    takes_label = any(entry.kind == "label" for entry in model.manifest.inputs)
    rounds = [False, True] if takes_label and bool((labels >= 0).all()) else [False]
    reports = []
    for number, given in enumerate(rounds):

        def progress(done: int, total: int, number: int = number) -> None:
            on_progress(number * total + done, len(rounds) * total)

        wanted = labels if given else np.full_like(labels, -1)
        nats = log_likelihood(model, items, wanted, draws, progress)
        reports.append(_report(nats, said, split, draws if _is_random(model) else 0, given, takes_label))
    return reports


def _report(
    nats: npt.NDArray[np.float64], said: Likelihood, split: str, draws: int, given: bool, takes_label: bool
) -> LikelihoodReport:
    finite = nats[np.isfinite(nats)]
    mean = float(finite.mean()) if len(finite) == len(nats) else None
    error = float(finite.std(ddof=1)) / math.sqrt(len(finite)) if mean is not None and len(finite) > 1 else None
    kind = f"{said.kind}, {number_of(draws, 'draw')}" if draws else said.kind
    condition = ("given the class" if given else "without class") if takes_label else "no classes"
    return LikelihoodReport(
        label=f"{said.protocol}; {kind}; {split} split, {number_of(len(nats), 'item')}; {condition}",
        kind=said.kind,
        protocol=said.protocol,
        split=split,
        count=len(nats),
        draws=draws,
        class_given=given,
        dims=said.dims,
        nats=mean,
        nats_error=error,
        bits_per_dim=None if mean is None else bits_per_dim(mean, said.dims),
        bits_error=None if error is None else abs(bits_per_dim(error, said.dims)),
        impossible=len(nats) - len(finite),
    )
