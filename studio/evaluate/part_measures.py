"""Numbers of samples beside their floor, measured again on random parts to see what chance does to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from studio.core.estimate import Estimate
from studio.evaluate.features import Items
from studio.evaluate.resampling import parts
from studio.store.evaluation import FeatureReport, Measure

__all__ = ["PartMeasures", "as_floored"]

# Samples (N, ...), held-out items (M, ...) and the seed of whatever learns, to numbers by name.
Measured = Callable[[Items, Items, int], Mapping[str, float]]


@dataclass(frozen=True)
class PartMeasures:
    """Measures that compare two sets of items.

    Attributes:
        title: What people read.
        measured: What measures them.
        times: Random halves, and quarters, on which it is measured again.
        dims: Numbers in an item.
    """

    title: str
    measured: Measured
    times: int
    dims: int

    def report(self, samples: Items, held_out: Items, floor: Items, seed: int) -> FeatureReport:
        """The numbers beside their floor, both with their intervals.

        Args:
            samples: The samples as stored, (N, ...).
            held_out: Held-out items, (M, ...).
            floor: Other real items, (N, ...).
            seed: Seed of the parts on which they are measured again, and of what learns.
        """
        found, base = self._estimates(samples, held_out, seed), self._estimates(floor, held_out, seed)
        measures = tuple(as_floored(name, found[name], base[name]) for name in found if name in base)
        return FeatureReport(name=self.title, version="1", dims=self.dims, measures=measures)

    def _estimates(self, items: Items, held_out: Items, seed: int) -> dict[str, Estimate]:
        values = [self.measured(items, held_out, seed)]
        for share in (2, 4):
            ones = parts(len(held_out), share, self.times, 4 * seed + share)
            others = parts(len(items), share, self.times, 4 * seed + share + 1)
            values += [
                self.measured(items[other.numpy()], held_out[one.numpy()], seed)
                for one, other in zip(ones, others, strict=True)
            ]
        # A part may lack what a measure needs, such as a second category.
        names = [name for name in values[0] if all(name in each for each in values)]
        return {name: _estimate([each[name] for each in values], self.times) for name in names}


def _estimate(values: Sequence[float], times: int) -> Estimate:
    known = np.array(values, np.float64)
    return Estimate(float(known[0]), known[1 : 1 + times], known[1 + times :])


def as_floored(name: str, value: Estimate, floor: Estimate) -> Measure:
    """A number and its floor, as a report has them."""
    return Measure(
        name=name,
        value=value.value,
        interval=value.interval(),
        floor=floor.value,
        floor_interval=floor.interval(),
        halves=tuple(value.halves.tolist()),
        quarters=tuple(value.quarters.tolist()),
    )
