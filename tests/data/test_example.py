"""The data sets that ship with the studio come in like any other."""

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.data.request import EXAMPLES
from studio.data.table.points import POINTS


def test_every_shape_of_points_is_an_example():
    assert {"digits", "iris", *POINTS} == set(EXAMPLES)


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


def test_irises_are_a_real_table_with_its_classes_and_its_licence(add):
    dataset = add("example:iris")
    assert (dataset.document.count, dataset.document.rejected) == (150, 0)
    assert dataset.spec.names == ("sepal length", "sepal width", "petal length", "petal width")
    assert dataset.spec.classes == ("setosa", "versicolor", "virginica")
    assert all(column.step == pytest.approx(0.1) for column in dataset.spec.columns)
    assert "CC BY 4.0" in dataset.document.licence


@pytest.mark.parametrize("name", ["none", "", "../digits"])
def test_one_that_is_not_there(add, name):
    with pytest.raises(
        DataError, match=f"There is no example '{name}'; there are digits, eight-gaussians, checkerboard"
    ):
        add(f"example:{name}")
