"""Asks a model's ``log_prob.onnx`` how likely each token of a text was, and which were likelier."""

from __future__ import annotations

import numpy as np

from studio.core.errors import ModelError
from studio.core.inputs import fill_inputs, seeded_noise
from studio.core.manifest import TOKEN_OUTPUT
from studio.core.token_likelihood import TokenLikelihood, TokenQuestion
from studio.runtime.model import OnnxModel

__all__ = ["token_likelihoods"]

_LIKELIEST = 5


def token_likelihoods(model: OnnxModel, question: TokenQuestion) -> list[TokenLikelihood]:
    """One for each place of the text, those behind its end included.

    Args:
        model: A file of log p.
        question: The text.

    Raises:
        ModelError: If the file does not tell tokens apart, or the text does not fit it.
    """
    inputs = model.manifest.inputs
    items = [entry for entry in inputs if entry.kind == "value"]
    if not model.manifest.token_log_prob or len(items) != 1:
        raise ModelError(f"{model.path.name} does not say how likely each token is; models of autoregressive texts do.")
    (entry,) = items
    if entry.shape != (len(question.tokens),):
        raise ModelError(f"The text has {len(question.tokens)} places; this model takes {list(entry.shape)}.")
    tokens = np.array(question.tokens, entry.dtype)[None]
    source = None if question.source is None else np.array(question.source)[None]
    for label in (each for each in inputs if each.kind == "label"):
        label.check(question.label)
    feed = fill_inputs(
        inputs, 1, seeded_noise(0, [0]), labels=[question.label], sources=source, values={entry.name: tokens}
    )
    (found,) = model.run(feed, [TOKEN_OUTPUT])
    if found.ndim != 3 or found.shape[:2] != tokens.shape:
        raise ModelError(f"{model.path.name} gives {list(found.shape)} where a number for every token is expected.")
    probability, size = np.exp(found[0].astype(np.float64)), found.shape[2]
    if not np.isfinite(probability).all():
        raise ModelError(f"{model.path.name} gives numbers that are no probabilities.")
    # A stable order, so that equal ones stand alike everywhere.
    order = np.argsort(-probability, axis=1, kind="stable")[:, :_LIKELIEST]
    return [
        TokenLikelihood(
            # What fills a text behind its end may be a number that no token has.
            probability=float(row[token]) if 0 <= token < size else 0.0,
            likeliest=tuple((int(each), float(row[each])) for each in best),
        )
        for token, row, best in zip(question.tokens, probability, order, strict=True)
    ]
