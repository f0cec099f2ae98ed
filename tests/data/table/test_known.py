"""Known cells are written as COLUMN=VALUE."""

import numpy as np
import pytest

from studio.core.errors import SettingsError
from studio.core.modality import Column, TableSpec
from studio.data.table.known import read_known_cells

SPEC = TableSpec(
    shape=(3,),
    columns=(
        Column(name="x", step=0.1),
        Column(name="x=y"),
        Column(name="c", kind="category", categories=("a", "b=c")),
    ),
    classes=("Ideal",),
    class_column="cut",
    class_place=1,
)


def test_known_cells_and_free_ones():
    known = read_known_cells(["x=1.5", "c=b=c"], SPEC)
    assert known.values.dtype == np.float32
    np.testing.assert_array_equal(known.values, np.array([1.5, np.nan, 1.0], np.float32))
    np.testing.assert_array_equal(read_known_cells(["x=y=2"], SPEC).values[1], 2.0)


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("z=1", "'z=1' is not COLUMN=VALUE with one of the columns x, x=y, c."),
        ("x", "'x' is not COLUMN=VALUE"),
        ("x=", "'x=' says no value; leave the column away where it is free."),
        ("cut=Ideal", "'cut' is the class; say --label Ideal."),
        ("c=d", "'c' is not 'd'; it is one of a, b=c."),
    ],
)
def test_what_is_none(word, said):
    with pytest.raises(SettingsError) as raised:
        read_known_cells([word], SPEC)
    assert str(raised.value).startswith(said)
