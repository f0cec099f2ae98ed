"""Measures of rows: by column, by pairs of columns, by classifiers that tell two samples apart, and by prediction.

Each compares samples with held-out rows, beside its floor: the same of other real rows in place of the samples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal

from studio.core.modality import TableSpec
from studio.evaluate.features import Items
from studio.evaluate.part_measures import PartMeasures
from studio.evaluate.table.columns import column_distances, correlation_distance
from studio.evaluate.table.learners import predictions, two_sample_accuracy

__all__ = ["Kind", "row_measures"]

Kind = Literal["columns", "pairs", "two-sample", "prediction"]
_Measured = Callable[[TableSpec, Items, Items, int], Mapping[str, float]]
# Random parts on which each kind is measured again: boosted trees cost most.
_PARTS: Mapping[Kind, int] = {"columns": 20, "pairs": 20, "two-sample": 4, "prediction": 3}
_TITLES: Mapping[Kind, str] = {
    "columns": "each column",
    "pairs": "pairs of columns",
    "two-sample": "real or generated",
    "prediction": "trained on samples",
}
_MEASURED: Mapping[Kind, _Measured] = {
    "columns": lambda spec, samples, held_out, _: column_distances(spec, samples, held_out),
    "pairs": lambda spec, samples, held_out, _: correlation_distance(spec, samples, held_out),
    "two-sample": two_sample_accuracy,
    "prediction": predictions,
}


def row_measures(spec: TableSpec, kind: Kind) -> PartMeasures:
    """The measures of one kind."""
    return PartMeasures(_TITLES[kind], partial(_MEASURED[kind], spec), _PARTS[kind], len(spec.columns))
