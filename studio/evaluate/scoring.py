"""Gives every item of a data set the likelihood that a model says it has, so that the least likely can be looked at.

Unlikely is not wrong, and likely not right: simple items of another kind can be likelier than those that were learned
(Nalisnick et al., Do deep generative models know what they don't know?, 2019, arXiv:1810.09136).
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.core.errors import ModelError, SettingsError
from studio.core.event import ScoredItem, ScoreSummary
from studio.core.words import csv_cell, number_of
from studio.data.dataset import Dataset
from studio.evaluate.features import Progress
from studio.evaluate.likelihood import is_random, log_likelihood, open_likelihood
from studio.store.atomic import write_bytes
from studio.store.dataset import SPLITS
from studio.store.model import sibling

__all__ = ["MOST_DRAWS", "Scores", "score_items", "write_scores"]

MOST_DRAWS = 1000


@dataclass(frozen=True)
class Scores:
    """The likelihood of every item of a data set.

    Attributes:
        dataset: The data set.
        nats: Log p of each item in its order, or a bound on it, float64 (N,); -inf for what the model holds impossible.
        label: What the numbers are, in words.
        notes: What to know.
    """

    dataset: Dataset
    nats: npt.NDArray[np.float64]
    label: str
    notes: tuple[str, ...] = ()

    @property
    def order(self) -> npt.NDArray[np.int64]:
        """Numbers of the items, the least likely first."""
        return np.argsort(self.nats, kind="stable")

    def summaries(self) -> list[ScoreSummary]:
        """What the items of each split that has some get; impossible ones are counted apart."""
        found: list[ScoreSummary] = []
        for number, split in enumerate(SPLITS):
            nats = self.nats[self.dataset.splits == number]
            finite = nats[np.isfinite(nats)]
            if not len(nats):
                continue
            error = float(finite.std(ddof=1)) / math.sqrt(len(finite)) if len(finite) > 1 else None
            low, median, high = np.quantile(finite, (0.01, 0.5, 0.99)).tolist() if len(finite) else (None,) * 3
            found.append(
                {
                    "split": split,
                    "count": len(nats),
                    "impossible": len(nats) - len(finite),
                    "mean": float(finite.mean()) if len(finite) else None,
                    "error": error,
                    "low": low,
                    "median": median,
                    "high": high,
                }
            )
        return found

    def item(self, number: int) -> ScoredItem:
        """An item with its likelihood."""
        label, nats = int(self.dataset.labels[number]), float(self.nats[number])
        return {
            "item": number,
            "split": SPLITS[int(self.dataset.splits[number])],
            "class": self.dataset.spec.classes[label] if label >= 0 else "",
            "nats": nats if math.isfinite(nats) else None,
        }


def score_items(
    file: Path, dataset: Dataset, draws: int, provider: str = "auto", on_progress: Progress = lambda *_: None
) -> Scores:
    """Score all items; of a model with classes each given its own, where it has one.

    Args:
        file: A model's file of samples, beside which that of its likelihoods lies, or the latter itself.
        dataset: The data set.
        draws: Draws of a bound for each item, 1 to ``MOST_DRAWS``.
        provider: ``auto``, ``cpu`` or ``cuda``.
        on_progress: Called with runs of an item done and in all.

    Raises:
        SettingsError: If the draws cannot be.
        ModelError: If the model gives no likelihood, or not of such items.
    """
    if not 1 <= draws <= MOST_DRAWS:
        raise SettingsError(f"draws = {draws} must be at least 1 and at most {MOST_DRAWS:,}.")
    path = sibling(file, "log_prob") or file
    model, said = open_likelihood(path, provider)
    shape = next(entry.shape for entry in model.manifest.inputs if entry.kind == "value")
    spec, classes = dataset.spec, model.manifest.classes
    if shape != spec.shape:
        raise ModelError(f"{path} takes items of shape {list(shape)}, not {list(spec.shape)}.")
    if model.manifest.tokenizer != getattr(spec, "tokenizer", ""):
        raise ModelError(f"{path} reads other tokens than the data set has; choose the data set it was trained on.")
    takes_label = any(entry.kind == "label" for entry in model.manifest.inputs)
    # Classes are told by their names: another data set may have them in another order.
    known = {name: number for number, name in enumerate(classes)}
    own = np.array([known.get(name, -1) for name in spec.classes] + [-1], np.int64)[dataset.labels]
    nats = log_likelihood(model, dataset.items, own, draws, on_progress, dataset.sources)
    kind = f"{said.kind}, {number_of(draws, 'draw')}" if is_random(model) else said.kind
    given = "each given its class" if takes_label and (own >= 0).any() else ""
    notes = []
    if model.manifest.dataset_fingerprint != dataset.document.fingerprint:
        notes.append(f"The model was trained on '{model.manifest.dataset}', not on these very items.")
    if model.manifest.edited:
        notes.append("The file was changed after it was exported: what it measures is not what was trained.")
    return Scores(dataset, nats, "; ".join(filter(None, (said.protocol, kind, given))), tuple(notes))


def write_scores(scores: Scores, path: Path) -> None:
    """Write a row for each item as CSV, the least likely first; or, as .npy, the numbers alone in the items' order."""
    if path.suffix == ".npy":
        numbers = io.BytesIO()
        np.save(numbers, scores.nats)
        write_bytes(path, numbers.getvalue(), durable=False)
        return
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["item", "split", "class", "nats"])
    for number in scores.order.tolist():
        row = scores.item(number)
        nats = "-inf" if row["nats"] is None else f"{row['nats']:.6g}"
        table.writerow([row["item"], row["split"], csv_cell(row["class"]), nats])
    write_bytes(path, text.getvalue().encode(), durable=False)
