"""What a column says of its cells."""

import pytest
from pydantic import ValidationError

from studio.core.modality import Column, TableSpec
from studio.core.modality.column import named_columns


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "category"},
        {"kind": "category", "categories": ("a", "a")},
        {"kind": "category", "categories": ("a",), "knots": (0.0, 1.0)},
        {"kind": "category", "categories": tuple(map(str, range(1001)))},
        {"kind": "boolean", "categories": ("no",)},
        {"categories": ("a", "b")},
        {"kind": "date"},
        {"kind": "date", "origin": "yesterday"},
        {"origin": "2020-01-01"},
        {"step": -1.0},
        {"step": float("nan")},
        {"knots": (1.0,)},
        {"knots": (1.0, 0.0)},
    ],
)
def test_what_contradicts_itself_is_refused(values):
    with pytest.raises(ValidationError):
        Column(name="x", **values)


def test_the_span_is_that_of_knots_or_codes():
    assert Column(name="x", knots=(-2.0, 0.0, 5.0)).span == (-2.0, 5.0)
    assert Column(name="x", kind="category", categories=("a", "b", "c")).span == (0.0, 2.0)
    assert Column(name="x").span == (0.0, 1.0)


def test_names_with_knots_beside_them_are_read():
    old = {"modality": "table", "shape": [2], "columns": ["x", "y"], "knots": [[0, 1], [2, 3]]}
    spec = TableSpec.model_validate(old)
    assert spec.columns == (Column(name="x", knots=(0.0, 1.0)), Column(name="y", knots=(2.0, 3.0)))
    assert TableSpec.model_validate_json(spec.model_dump_json()) == spec
    assert named_columns(7) == 7
    with pytest.raises(ValueError, match="every column has its knots"):
        named_columns({"columns": ["x", "y"], "knots": [[0, 1]]})
