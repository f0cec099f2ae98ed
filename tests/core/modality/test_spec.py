"""What follows for every modality from what its items have in common."""

import pytest
from pydantic import ValidationError

from studio.core.modality import ImageSpec, TableSpec


def table(columns):
    names = tuple(f"c{index}" for index in range(columns))
    return TableSpec(shape=(columns,), columns=names, knots=((0.0, 1.0),) * columns)


def test_the_bytes_of_an_item_follow_from_shape_and_type():
    assert ImageSpec(shape=(28, 32, 3)).item_bytes == 28 * 32 * 3
    assert table(3).item_bytes == 12


def test_it_cannot_be_changed():
    spec = ImageSpec(shape=(2, 2, 1))
    with pytest.raises(ValidationError, match="frozen"):
        spec.shape = (3, 3, 1)


@pytest.mark.parametrize("spec", [ImageSpec(shape=(4, 3, 3)), table(2)])
def test_examples_are_items_as_stored_and_those_of_their_seed(spec):
    items = spec.examples(5, 7)
    assert (items.shape, items.dtype) == ((5, *spec.shape), spec.dtype)
    assert (items == spec.examples(5, 7)).all()
    assert (items != spec.examples(5, 8)).any()


@pytest.mark.parametrize("classes", [(), ("a",), ("a", "b")])
def test_the_condition_follows_the_classes(classes):
    assert ImageSpec(shape=(2, 2, 1), classes=classes).condition == ("class" if classes else "none")
