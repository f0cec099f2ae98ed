"""The data sets that ship with the studio come in like any other."""

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.data.request import EXAMPLES
from studio.data.table.points import POINTS


def test_every_shape_of_points_is_an_example():
    assert {"digits", *POINTS} == set(EXAMPLES)


@pytest.mark.parametrize(("name", "classes"), [("checkerboard", ()), ("two-moons", ("lower", "upper"))])
def test_points_are_a_table_of_two_columns(add, name, classes):
    dataset = add(f"example:{name}")
    assert dataset.document.name == name
    assert (dataset.document.count, dataset.document.rejected) == (20_000, 0)
    assert dataset.spec.names == ("x", "y")
    assert dataset.spec.classes == classes
    assert dataset.document.splits["test"] == 2000
    again = add(f"example:{name}")
    assert np.array_equal(again.items, dataset.items)


@pytest.mark.parametrize("name", ["none", "", "../digits"])
def test_one_that_is_not_there(add, name):
    with pytest.raises(
        DataError, match=f"There is no example '{name}'; there are digits, eight-gaussians, checkerboard"
    ):
        add(f"example:{name}")
