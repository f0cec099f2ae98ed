"""What a table says of its rows."""

import numpy as np
import pytest
from pydantic import ValidationError

from studio.core.modality import TableSpec

POINTS = {"shape": (2,), "columns": ("x", "y")}


def test_words_and_bytes():
    spec = TableSpec(**POINTS)
    assert (spec.size, spec.dtype, spec.item_bytes, spec.condition) == ("2 columns", "float32", 8, "none")
    assert TableSpec(shape=(1,), columns=("x",), classes=("a",)).condition == "class"
    assert TableSpec(shape=(1,), columns=("x",)).size == "1 column"


@pytest.mark.parametrize(
    "values",
    [
        {"shape": (3,)},
        {"shape": (2, 1)},
        {"columns": ()},
        {"knots": ((0.0, 1.0),)},
        {"knots": ((0.0, 1.0), (1.0,))},
        {"knots": ((0.0, 1.0), (1.0, 1.0))},
        {"knots": ((0.0, 1.0), (0.0, float("nan")))},
        {"knots": ((0.0, 1.0), (0.0, 1e39))},
        {"knots": ((0.0, 1.0), (0.0, 1e-42))},
        {"knots": ((0.0, 1.0), (1e9, 1e9 + 1))},
        {"knots": ((0.0, 1.0), tuple(float(number) for number in range(300)))},
    ],
)
def test_what_does_not_fit_is_refused(values):
    with pytest.raises(ValidationError):
        TableSpec(**{**POINTS, **values})


def test_examples_lie_between_the_outermost_knots_and_a_little_beyond():
    spec = TableSpec(**POINTS, knots=((0.0, 1.0, 10.0), (-5.0, -4.0)))
    examples = spec.examples(200, 1)
    assert examples.dtype == np.float32
    assert examples.shape == (200, 2)
    low, high = examples.min(0), examples.max(0)
    assert (low >= [-1.01, -5.11]).all()
    assert (high <= [11.01, -3.89]).all()
    assert (examples[:, 0] > 10).any()
    assert (examples[:, 0] < 0).any()
    assert (high - low > [9, 0.9]).all()


def test_pictures_show_a_little_more_than_lies_between_the_knots():
    spec = TableSpec(**POINTS, knots=((0.0, 1.0, 10.0), (-5.0, -4.0)))
    assert spec.shown(0) == pytest.approx((-0.5, 10.5))
    assert spec.shown(1) == pytest.approx((-5.05, -3.95))
    assert TableSpec(**POINTS).shown(1) == pytest.approx((-0.05, 1.05))
