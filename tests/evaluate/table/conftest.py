"""Rows of a table of mixed columns, and of another distribution."""

import numpy as np
import pytest

from studio.core.modality import Column, TableSpec

SPEC = TableSpec(
    shape=(3,),
    columns=(
        Column(name="x", knots=(-3.0, 0.0, 3.0)),
        Column(name="y", knots=(-3.0, 0.0, 3.0), missing=True),
        Column(name="kind", kind="category", categories=("a", "b", "c")),
    ),
)


@pytest.fixture(scope="session")
def make_rows():
    def make(count, seed, correlation=0.9):
        """Two correlated normal numbers, of which a tenth of the second is missing, and a category by the first."""
        generator = np.random.default_rng(seed)
        x = generator.normal(size=count)
        y = correlation * x + np.sqrt(1 - correlation**2) * generator.normal(size=count)
        kind = np.digitize(x, (-0.5, 0.5)).astype(np.float64)
        y[generator.random(count) < 0.1] = np.nan
        return np.stack([x, y, kind], axis=1).astype(np.float32)

    return make
