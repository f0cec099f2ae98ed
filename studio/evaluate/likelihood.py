"""Measures how likely held-out items are under a model, by its file ``log_prob.onnx``.

A file that bounds log p(x) from below is run many times for each item, with other noise. Its numbers are logarithms of
importance weights, whose log-mean-exp rises to log p(x) with the number of draws, or terms whose mean is the bound.

References:
    Burda, Grosse and Salakhutdinov, Importance weighted autoencoders, 2016, arXiv:1509.00519, equation 8.
    Theis, van den Oord and Bethge, A note on the evaluation of generative models, 2016, arXiv:1511.01844, section 3.1
        (why the protocol belongs to the number).
    Hoogeboom, Cohen and Tomczak, Learning discrete distributions by dequantization, 2020, arXiv:2001.11235 (several
        weighted draws of the dequantisation of a flow).
"""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.core.errors import ModelError
from studio.core.inputs import LaneNoise, fill_inputs, seeded_noise
from studio.core.manifest import Input, Likelihood
from studio.core.modality import DataSpec, TextSpec
from studio.core.words import number_of
from studio.data.text.tokenizer import TextTokenizer
from studio.evaluate.features import Items, Progress
from studio.runtime.model import OnnxModel
from studio.store.evaluation import NOISE_VERSION, LikelihoodReport

__all__ = [
    "DATA_NOISE",
    "bits_per_dim",
    "is_random",
    "log_likelihood",
    "log_likelihoods",
    "measure_likelihood",
    "open_likelihood",
]

DATA_NOISE = "noise.data"
_BATCH_S = 0.5
_FIRST_BATCH, _LARGEST_BATCH = 16, 512
# Classes other than an item's own get this many times fewer draws.
_FEWER = 10
_MIXTURE, _GIVEN = "without the class, as a mixture of all", "given the class"


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
    known = all(entry.kind in ("value", "noise", "label", "source") for entry in manifest.inputs)
    if manifest.role != "log_prob" or manifest.likelihood is None or len(given) != 1 or not known:
        raise ModelError(f"{path} does not say what its log-likelihoods are; export the model again.")
    return model, manifest.likelihood


def log_likelihood(
    model: OnnxModel,
    items: Items,
    labels: npt.NDArray[np.int64],
    draws: int,
    on_progress: Progress = lambda *_: None,
    sources: Items | None = None,
) -> npt.NDArray[np.float64]:
    """Log p of each item in nats, or its bound by so many draws.

    The noise of item k and draw d depends on (k, d) alone, never on the batch; ``noise.data`` on k alone.

    Args:
        model: The open file.
        items: Items as stored, (N, ...).
        labels: Class of each, -1 for none, (N,); for a file that takes labels.
        draws: Draws for each item; a file without noise of its own takes one.
        on_progress: Called with runs of an item done and in all.
        sources: What each item is made from, (N, S); for a file that takes sources.

    Raises:
        ModelError: If the file fails or gives something else than one number for each item.
    """
    return log_likelihoods(model, items, labels[:, None], np.array([draws]), on_progress, sources)[:, 0]


def log_likelihoods(
    model: OnnxModel,
    items: Items,
    labels: npt.NDArray[np.int64],
    draws: npt.NDArray[np.int64],
    on_progress: Progress = lambda *_: None,
    sources: Items | None = None,
) -> npt.NDArray[np.float64]:
    """Log p of each item given each of some classes, or its bound, (N, K).

    Args:
        model: The open file.
        items: Items as stored, (N, ...).
        labels: Classes to give for each item, (N, K).
        draws: Draws for each of the K classes, (K,).
        on_progress: Called with runs of an item done and in all.
        sources: What each item is made from, (N, S); for a file that takes sources.

    Raises:
        ModelError: If the file fails or gives something else than one number for each item.
    """
    draws = draws if is_random(model) else np.ones_like(draws)
    terms = model.manifest.likelihood is not None and model.manifest.likelihood.draws == "terms"
    taken = [entry.name for entry in model.manifest.inputs if entry.kind == "value"]
    result = np.empty(labels.shape, np.float64)
    runs, each = 0, int(draws.sum())
    done, size = 0, _FIRST_BATCH
    while done < len(items):
        rows = range(done, min(len(items), done + size))
        begun = time.perf_counter()
        noise = _ItemNoise(rows)
        named = dict.fromkeys(taken, items[rows.start : rows.stop])
        made_from = sources[rows.start : rows.stop] if sources is not None else None
        for column, count in enumerate(draws.tolist()):
            asked = labels[rows.start : rows.stop, column]
            total = np.zeros(len(rows)) if terms else np.full(len(rows), -np.inf)
            for draw in range(count):
                lanes = noise.of_draw(draw)
                feed = fill_inputs(
                    model.manifest.inputs, len(rows), lanes, labels=asked, sources=made_from, values=named
                )
                (value,) = model.run(feed)
                if value.shape != (len(rows),):
                    raise ModelError(
                        f"{model.path.name} gives {list(value.shape)} where one number an item is expected."
                    )
                drawn = value.astype(np.float64)
                total = total + drawn if terms else np.logaddexp(total, drawn)
                runs += len(rows)
                on_progress(runs, len(items) * each)
            result[done : done + len(rows), column] = total / count if terms else total - math.log(count)
        done += len(rows)
        elapsed = (time.perf_counter() - begun) / each
        size = max(1, min(int(len(rows) * _BATCH_S / max(elapsed, 1e-4)), 4 * size, _LARGEST_BATCH))
    return result


def is_random(model: OnnxModel) -> bool:
    """Whether a file draws noise of its own, beside that of the data."""
    return any(entry.kind == "noise" and entry.name != DATA_NOISE for entry in model.manifest.inputs)


class _ItemNoise:
    """The noise of some items, by their numbers: that of ``noise.data`` once, other noise for each draw."""

    def __init__(self, rows: range) -> None:
        self._rows = rows
        self._data: dict[str, npt.NDArray[np.float32]] = {}

    def of_draw(self, draw: int) -> LaneNoise:
        """The noise of a draw; its number is the seed."""
        drawn = seeded_noise(draw, self._rows)

        def lane_noise(entry: Input, lane: int) -> npt.NDArray[np.float32]:
            if entry.name != DATA_NOISE:
                return drawn(entry, lane)
            if entry.name not in self._data:
                self._data[entry.name] = seeded_noise(0, self._rows)(entry, lane)
            return self._data[entry.name]

        return lane_noise


def measure_likelihood(
    path: Path,
    items: Items,
    labels: npt.NDArray[np.int64],
    frequencies: npt.NDArray[np.float64],
    split: str,
    draws: int,
    provider: str = "auto",
    on_progress: Progress = lambda *_: None,
    true_nats: npt.NDArray[np.float64] | None = None,
    sources: Items | None = None,
) -> list[LikelihoodReport]:
    """Log-likelihood of held-out items.

    Of a file that takes classes, without the class, log sum_y p(y) p(x | y), and given the class. Both are of one pass:
    an item's own class gets all draws of a bound, every other a tenth. A bound remains one, whatever the draws, and
    other classes hardly count. The mean of terms is no likelihood that can be summed: its noise would raise the sum;
    there log p(y) p(x | y) of the item's own class is the bound.

    Args:
        path: The file of log-likelihoods.
        items: Held-out items as stored, (N, ...), N at least 2.
        labels: Class of each, -1 for none.
        frequencies: Share of the training items that each class has, (K,).
        split: Name of the split they are from.
        draws: Draws of a bound for each item.
        provider: ``auto``, ``cpu`` or ``cuda``.
        on_progress: Called with runs done and runs in all.
        true_nats: True log p of each item, (N,), where that is known.
        sources: What each item is made from, (N, S), where items have sources.

    Raises:
        ModelError: If the file cannot be used.
    """
    model, said = open_likelihood(path, provider)
    shape = next(entry.shape for entry in model.manifest.inputs if entry.kind == "value")
    if shape != items.shape[1:]:
        raise ModelError(f"{path} takes items of shape {list(shape)}, not {list(items.shape[1:])}.")
    drawn = draws if is_random(model) else 0
    takes_label = any(entry.kind == "label" for entry in model.manifest.inputs)
    if not takes_label or not bool((labels >= 0).all()) or not len(frequencies):
        nats = log_likelihood(model, items, np.full_like(labels, -1), draws, on_progress, sources)
        condition = "any class" if takes_label else "given the source" if sources is not None else "no classes"
        return [_report(nats, items, model, split, drawn, condition, true_nats)]
    with np.errstate(divide="ignore"):
        log_prior = np.log(frequencies)
    others = 0 if said.draws == "terms" else len(frequencies) - 1
    # The item's own class first, then the others in turn.
    classes = (labels[:, None] + np.arange(1 + others)) % len(frequencies)
    few = max(1, draws // _FEWER)
    found = log_likelihoods(model, items, classes, np.array([draws, *[few] * others]), on_progress, sources)
    return [
        _report(np.logaddexp.reduce(found + log_prior[classes], axis=1), items, model, split, drawn, _MIXTURE),
        _report(found[:, 0], items, model, split, drawn, _GIVEN),
    ]


def _report(
    nats: npt.NDArray[np.float64],
    items: Items,
    model: OnnxModel,
    split: str,
    draws: int,
    condition: str,
    true_nats: npt.NDArray[np.float64] | None = None,
) -> LikelihoodReport:
    said = model.manifest.likelihood
    assert said is not None
    finite = nats[np.isfinite(nats)]
    mean = float(finite.mean()) if len(finite) == len(nats) else None
    error = float(finite.std(ddof=1)) / math.sqrt(len(finite)) if mean is not None and len(finite) > 1 else None
    gaps = true_nats - nats if true_nats is not None and mean is not None else None
    kind = f"{said.kind}, {number_of(draws, 'draw')}" if draws else said.kind
    sizes = _sizes(model.manifest.spec, items)
    edited = "; of a file that was changed after it was exported" if model.manifest.edited else ""
    return LikelihoodReport(
        label=f"{said.protocol}; {kind}; {split} split, {number_of(len(nats), 'item')}; {condition}{edited}",
        kind=said.kind,
        protocol=said.protocol,
        split=split,
        count=len(nats),
        draws=draws,
        noise_version=NOISE_VERSION,
        class_given=condition == _GIVEN,
        mixture=condition == _MIXTURE,
        dims=said.dims,
        nats=mean,
        nats_error=error,
        bits_per_dim=None if mean is None else bits_per_dim(mean, said.dims),
        bits_error=None if error is None else abs(bits_per_dim(error, said.dims)),
        bits_per_byte=None if mean is None or sizes is None else -float(nats.sum()) / (sizes[0] * math.log(2.0)),
        bits_per_character=None if mean is None or sizes is None else -float(nats.sum()) / (sizes[1] * math.log(2.0)),
        impossible=len(nats) - len(finite),
        gap=None if gaps is None else float(gaps.mean()),
        gap_error=None if gaps is None or len(gaps) < 2 else float(gaps.std(ddof=1)) / math.sqrt(len(gaps)),
    )


def _sizes(spec: DataSpec | None, items: Items) -> tuple[int, int] | None:
    """Bytes and characters of all of some texts, without their ends; None for other items."""
    if not isinstance(spec, TextSpec):
        return None
    texts = TextTokenizer(spec).texts(items)
    return max(1, sum(len(text.encode()) for text in texts)), max(1, sum(map(len, texts)))
