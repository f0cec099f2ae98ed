import numpy as np

from studio.core.modality import Column
from studio.data.table.fitting import fitted
from studio.data.table.row_sample import RowSample


def sample_of(rows):
    sample = RowSample(rows.shape[1])
    sample.add(rows.astype(np.float32))
    return sample


def test_knots_are_those_of_the_training_rows():
    rows = np.stack([np.linspace(0, 1, 100), np.arange(100) % 3], 1)
    splits = np.repeat(np.array([0, 1, 2], np.uint8), [50, 25, 25])
    coded = Column(name="c", kind="category", categories=("a", "b", "c"))
    x, c = fitted([Column(name="x", knots=(-5.0, 5.0), missing=True), coded], sample_of(rows), splits)
    assert (x.knots[0], x.knots[-1]) == (0.0, np.float32(rows[49, 0]))
    assert not x.missing
    assert c == coded


def test_without_a_training_row_they_are_those_of_all():
    (x,) = fitted([Column(name="x")], sample_of(np.linspace(0, 1, 10)[:, None]), np.full(10, 2, np.uint8))
    assert (x.knots[0], x.knots[-1]) == (0.0, 1.0)


def test_of_a_long_table_the_ends_are_those_of_all_rows():
    rows = np.zeros((300_000, 2), np.float32)
    rows[:, 1] = np.nan
    rows[7, 0], rows[8, 0] = -9.0, 9.0
    sample = sample_of(rows)
    assert not sample.is_whole
    x, gone = fitted([Column(name="x"), Column(name="gone")], sample, np.zeros(300_000, np.uint8))
    assert (x.knots[0], x.knots[-1]) == (-9.0, 9.0)
    assert gone.missing
    assert np.isfinite(gone.knots).all()
