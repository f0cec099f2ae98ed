"""Measures that learn: classifiers that tell two samples apart, and predictions of a column from the others.

References:
    Lopez-Paz and Oquab 2017, arXiv:1610.06545 (classifier two-sample tests); Esteban et al. 2017, arXiv:1706.02633
    (train on synthetic, test on real). The learners are scikit-learn's.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from studio.core.modality import TableSpec
from studio.core.words import one_line
from studio.evaluate.features import Items

__all__ = ["predictions", "two_sample_accuracy"]

_FOLDS = 5
# Columns that are predicted: each costs a learner.
_MOST_PREDICTED = 12
# What scikit-learn's boosting takes as categories; more are taken as numbers.
_MOST_CATEGORIES = 255
_ROUNDS = {"two-sample": 100, "prediction": 50}


def _one_hot(spec: TableSpec, rows: Items) -> npt.NDArray[np.float64]:
    """Rows as numbers: a category one column each, a number that is missing its column's middle and a flag beside."""
    found = []
    for place, column in enumerate(spec.columns):
        cells = rows[:, place].astype(np.float64)
        gone = np.isnan(cells)
        if column.is_coded:
            found += [(cells == code).astype(np.float64) for code in range(len(column.categories))]
        else:
            found.append(np.where(gone, 0.5 * sum(column.span), cells))
        if column.missing:
            found.append(gone.astype(np.float64))
    return np.stack(found, axis=1)


def one_thread() -> AbstractContextManager[Any]:
    """Boosting on few rows in one thread: several wait for one another, for minutes where other programs compute."""
    from threadpoolctl import threadpool_limits

    return cast("AbstractContextManager[Any]", threadpool_limits(1))


def _categorical(spec: TableSpec, without: int = -1) -> list[bool]:
    return [
        column.is_coded and len(column.categories) <= _MOST_CATEGORIES
        for place, column in enumerate(spec.columns)
        if place != without
    ]


def two_sample_accuracy(spec: TableSpec, rows: Items, others: Items, seed: int) -> Mapping[str, float]:
    """Share of rows that a classifier assigns to the right one of two sets, cross-validated; 0.5 cannot tell.

    Args:
        spec: The columns.
        rows: Samples, (N, K).
        others: Held-out rows, (M, K); as many as the fewer are taken of both.
        seed: Seed of the folds.

    Returns:
        The accuracy of logistic regression, and of gradient boosted trees.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    count = min(len(rows), len(others))
    if count < 2 * _FOLDS:
        return {}
    both = np.concatenate([rows[:count], others[:count]])
    truth = np.repeat([1, 0], count)
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
    boosted = HistGradientBoostingClassifier(
        max_iter=_ROUNDS["two-sample"], categorical_features=_categorical(spec), early_stopping=False, random_state=seed
    )
    with one_thread():
        return {
            "logistic regression": float(cross_val_score(linear, _one_hot(spec, both), truth, cv=folds).mean()),
            "boosted trees": float(cross_val_score(boosted, both.astype(np.float64), truth, cv=folds).mean()),
        }


def predictions(spec: TableSpec, rows: Items, others: Items, seed: int) -> Mapping[str, float]:
    """How well each column of held-out rows is predicted from the others after training on some rows.

    R2 of numbers, accuracy of categories, by gradient boosted trees; of the first twelve columns.

    Args:
        spec: The columns.
        rows: Rows that are trained on, (N, K).
        others: Held-out rows, (M, K).
        seed: Seed of the trees.
    """
    if len(spec.columns) < 2:
        return {}
    found = {}
    for place, column in enumerate(spec.columns[:_MOST_PREDICTED]):
        train, test = (one[~np.isnan(one[:, place])].astype(np.float64) for one in (rows, others))
        if min(len(train), len(test)) < 2 * _FOLDS or len(np.unique(train[:, place])) < 2:
            continue
        kind, learner = _learner(spec, place, seed)
        if kind == "R2" and len(np.unique(test[:, place])) < 2:
            continue
        with one_thread():
            learner.fit(np.delete(train, place, axis=1), train[:, place])
            score = learner.score(np.delete(test, place, axis=1), test[:, place])
        found[f"{kind} {one_line(column.name)}"] = float(score)
    return found


def _learner(spec: TableSpec, place: int, seed: int) -> tuple[str, Any]:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    options = {
        "max_iter": _ROUNDS["prediction"],
        "categorical_features": _categorical(spec, without=place),
        "early_stopping": False,
        "random_state": seed,
    }
    if spec.columns[place].is_coded:
        return "accuracy", HistGradientBoostingClassifier(**options)
    return "R2", HistGradientBoostingRegressor(**options)
