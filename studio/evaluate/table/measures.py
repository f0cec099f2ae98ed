"""Measures of rows: by column, by pairs of columns, by classifiers that tell two samples apart, and by prediction.

Each compares samples with held-out rows, beside its floor: the same of other real rows in place of the samples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from studio.core.estimate import Estimate
from studio.core.modality import TableSpec
from studio.evaluate.features import Items
from studio.evaluate.resampling import parts
from studio.evaluate.table.columns import column_distances, correlation_distance
from studio.evaluate.table.learners import predictions, two_sample_accuracy
from studio.store.evaluation import FeatureReport, Measure

__all__ = ["Kind", "RowMeasures"]

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


@dataclass(frozen=True)
class RowMeasures:
    """The measures of one kind.

    Attributes:
        spec: The columns.
        kind: Which.
    """

    spec: TableSpec
    kind: Kind

    @property
    def title(self) -> str:
        """What people read."""
        return _TITLES[self.kind]

    def report(self, samples: Items, held_out: Items, floor: Items, seed: int) -> FeatureReport:
        """The numbers beside their floor, both with their intervals.

        Args:
            samples: The samples as stored, (N, K).
            held_out: Held-out rows, (M, K).
            floor: Other real rows, (N, K).
            seed: Seed of the parts on which they are measured again, and of what learns.
        """
        found, base = self._estimates(samples, held_out, seed), self._estimates(floor, held_out, seed)
        measures = tuple(_measure(name, found[name], base[name]) for name in found if name in base)
        return FeatureReport(name=self.title, version="1", dims=len(self.spec.columns), measures=measures)

    def _estimates(self, rows: Items, held_out: Items, seed: int) -> dict[str, Estimate]:
        times, measured = _PARTS[self.kind], _MEASURED[self.kind]
        values = [measured(self.spec, rows, held_out, seed)]
        for share in (2, 4):
            ones = parts(len(held_out), share, times, 4 * seed + share)
            others = parts(len(rows), share, times, 4 * seed + share + 1)
            values += [
                measured(self.spec, rows[other.numpy()], held_out[one.numpy()], seed)
                for one, other in zip(ones, others, strict=True)
            ]
        # A part may lack what a measure needs, such as a second category.
        names = [name for name in values[0] if all(name in each for each in values)]
        return {name: _estimate([each[name] for each in values], times) for name in names}


def _estimate(values: Sequence[float], times: int) -> Estimate:
    known = np.array(values, np.float64)
    return Estimate(float(known[0]), known[1 : 1 + times], known[1 + times :])


def _measure(name: str, value: Estimate, floor: Estimate) -> Measure:
    return Measure(
        name=name,
        value=value.value,
        interval=value.interval(),
        floor=floor.value,
        floor_interval=floor.interval(),
        halves=tuple(value.halves.tolist()),
        quarters=tuple(value.quarters.tolist()),
    )
