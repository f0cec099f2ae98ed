"""What a plugin may bring beside families says of itself what a page and an import need."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from studio.core.extension import Features, ItemCodec, ItemsRead, ItemTransform, Metric, Reader


def test_what_does_the_work_is_named_and_must_be_given():
    assert Reader("a", "A", "image", (".a",), read=print).read is print
    for kind in (Reader, ItemTransform, ItemCodec, Features, Metric):
        with pytest.raises(TypeError):
            kind("a", "A", "image")


def test_a_reader_needs_to_say_no_more_than_the_items():
    found = ItemsRead(np.zeros((1, 2, 2), np.uint8))
    assert (found.labels, tuple(found.columns), tuple(found.refused), found.licence) == (None, (), (), "")


def test_a_declaration_stays_as_it_was_made():
    with pytest.raises(FrozenInstanceError):
        Metric("a", "A", "image", measure=print).better = "max"
