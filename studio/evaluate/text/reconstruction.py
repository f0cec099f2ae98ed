"""How much of a text comes back through a model's latent: what an autoencoder keeps."""

from __future__ import annotations

import difflib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.core.estimate import Estimate
from studio.core.modality import TextSpec
from studio.data.text.tokenizer import TextTokenizer
from studio.evaluate.features import Items, Progress
from studio.evaluate.part_measures import as_floored
from studio.evaluate.resampling import parts
from studio.runtime.interpolation import Interpolation
from studio.store.evaluation import FeatureReport
from studio.store.model import sibling

__all__ = ["measure_reconstruction", "words_in_order"]

_MOST_TEXTS = 500
_PARTS = 10


def measure_reconstruction(
    file: Path,
    spec: TextSpec,
    items: Items,
    labels: npt.NDArray[np.int64],
    seed: int,
    provider: str,
    on_progress: Progress = lambda *_: None,
) -> FeatureReport | None:
    """The share of a held-out text's words that come back in their order; the floor is what another text has of them.

    Args:
        file: The model's file of samples, beside which the encoder and the decoder lie.
        spec: The tokenizer.
        items: Held-out texts (N, L), of which the first 500 count.
        labels: Their classes (N,).
        seed: Seed of the parts on which it is measured again.
        provider: ``auto``, ``cpu`` or ``cuda``.
        on_progress: Called with texts done and texts in all.

    Returns:
        The report; None where the model does not encode and decode.

    Raises:
        ModelError: If a file cannot be used.
    """
    if sibling(file, "encode") is None or sibling(file, "decode") is None:
        return None
    items, labels = items[:_MOST_TEXTS], labels[:_MOST_TEXTS]
    rebuilt = Interpolation(file, provider).rebuild(items, labels.tolist(), on_progress)
    tokenizer = TextTokenizer(spec)
    texts, back = tokenizer.texts(items), tokenizer.texts(rebuilt)
    halves, quarters = (
        [part.numpy() for part in parts(len(texts), share, _PARTS, 4 * seed + share)] for share in (2, 4)
    )
    own, other = (
        _estimate(
            np.array([words_in_order(text, made) for text, made in zip(texts, given, strict=True)]), halves, quarters
        )
        for given in (back, texts[1:] + texts[:1])
    )
    measure = as_floored("words that come back in order", own, other)
    return FeatureReport(name="through the latent", version="1", dims=spec.shape[0], measures=(measure,))


def words_in_order(text: str, made: str) -> tuple[int, int]:
    """Words of a text that another has in the same order, by the longest blocks that both have, and words in all."""
    words, others = text.split(), made.split()
    blocks = difflib.SequenceMatcher(None, words, others, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks), len(words)


def _estimate(
    counts: npt.NDArray[np.int64], halves: list[npt.NDArray[np.int64]], quarters: list[npt.NDArray[np.int64]]
) -> Estimate:
    def share(rows: npt.NDArray[np.int64] | slice) -> float:
        found, total = counts[rows].sum(0)
        return float(found / max(1, total))

    return Estimate(
        share(slice(None)), np.array([share(rows) for rows in halves]), np.array([share(rows) for rows in quarters])
    )
