"""What a data set of images says of its items."""

import numpy as np
import pytest
from pydantic import ValidationError

from studio.core.modality import ImageSpec


def test_words_and_bytes():
    spec = ImageSpec(shape=(28, 32, 1))
    assert (spec.size, spec.dtype, spec.item_bytes) == ("32 x 28 grey", "uint8", 896)
    assert ImageSpec(shape=(2, 2, 3)).size == "2 x 2 colour"


@pytest.mark.parametrize("shape", [(3,), (3, 3), (3, 3, 2), (1, 3, 3, 3)])
def test_other_shapes_are_no_images(shape):
    with pytest.raises(ValidationError):
        ImageSpec(shape=shape)


def test_examples_are_items_and_come_from_the_seed():
    spec = ImageSpec(shape=(8, 9, 3))
    examples = spec.examples(5, 3)
    assert examples.dtype == np.uint8
    assert examples.shape == (5, 8, 9, 3)
    assert examples.min() < 20
    assert examples.max() > 235
    np.testing.assert_array_equal(spec.examples(2, 3), examples[:2])
    assert not np.array_equal(spec.examples(5, 4), examples)
