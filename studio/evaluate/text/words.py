"""Numbers of sets of texts: how varied they are, by which letters they are written, and whether they can be told apart.

References:
    Li et al., A diversity-promoting objective function for neural conversation models, 2016, arXiv:1510.03055,
        section 5.3 (distinct-n).
    Lopez-Paz and Oquab, Revisiting classifier two-sample tests, 2017, arXiv:1610.06545.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

__all__ = ["letter_distance", "real_or_generated", "variety"]

_LONGEST = 3
_LETTERS = 4
_FOLDS = 5
_MOST_FEATURES = 20_000


def variety(texts: Sequence[str]) -> Mapping[str, float]:
    """Share of the runs of n words that are different ones, for n up to 3, and the mean number of words of a text."""
    words = [text.split() for text in texts]
    found = {}
    for length in range(1, _LONGEST + 1):
        runs = [tuple(each[first : first + length]) for each in words for first in range(len(each) - length + 1)]
        if runs:
            found[f"distinct-{length}"] = len(set(runs)) / len(runs)
    return found | {"words": float(np.mean([len(each) for each in words]))}


def letter_distance(texts: Sequence[str], others: Sequence[str]) -> Mapping[str, float]:
    """Total variation distance of the distributions of runs of four characters, 0 to 1."""
    first, second = (_runs(each) for each in (texts, others))
    sizes = max(1, sum(first.values())), max(1, sum(second.values()))
    both = first.keys() | second.keys()
    return {"4-grams": 0.5 * sum(abs(first[run] / sizes[0] - second[run] / sizes[1]) for run in both)}


def _runs(texts: Iterable[str]) -> Counter[str]:
    """Runs of four characters, with the ends of a text among them."""
    counts: Counter[str] = Counter()
    for text in texts:
        ended = f"\x02{text}\x03"
        counts.update(ended[first : first + _LETTERS] for first in range(len(ended) - _LETTERS + 1))
    return counts


def real_or_generated(texts: Sequence[str], others: Sequence[str], seed: int) -> Mapping[str, float]:
    """Share of texts that a classifier assigns to the right one of two sets, cross-validated; 0.5 cannot tell.

    Args:
        texts: Samples.
        others: Held-out texts; as many as the fewer are taken of both.
        seed: Seed of the folds.

    Returns:
        The accuracy of logistic regression on words and pairs of them, weighted by TF-IDF.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline

    count = min(len(texts), len(others))
    if count < 2 * _FOLDS:
        return {}
    truth = np.repeat([1, 0], count)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    # Any run of anything but blanks is a word, in every script.
    words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"[^\s]+", sublinear_tf=True, max_features=_MOST_FEATURES)
    try:
        scores = cross_val_score(
            make_pipeline(words, LogisticRegression(max_iter=300)), [*texts[:count], *others[:count]], truth, cv=folds
        )
    except ValueError:
        # No text has a word.
        return {}
    return {"logistic regression": float(scores.mean())}
