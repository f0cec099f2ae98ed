"""How many texts there are of each length."""

import numpy as np
import pytest

from studio.core.modality import TextSpec
from studio.data.text.tokenizer import learn_tokenizer
from studio.desk.length_bins import length_bins


@pytest.fixture
def bins(tmp_path):
    """The bins of texts of these lengths, with room for the longest."""

    def make(lengths, longest):
        spec = TextSpec(shape=(longest + 1,), tokenizer=learn_tokenizer((), 256))
        items = np.full((len(lengths), longest + 1), spec.end, np.int16)
        for row, length in zip(items, lengths, strict=True):
            row[:length] = 7
        np.save(tmp_path / "items.npy", items)
        return length_bins(tmp_path, spec)

    return make


def test_every_text_is_counted_once_in_ranges_of_one_width(bins):
    found = bins([0, 1, 5, 6, 37, 43], 43)
    assert found[0] == ("1 to 5", 3)
    assert found[1] == ("6 to 10", 1)
    assert found[-1] == ("41 to 45", 1)
    assert len(found) == 9
    assert sum(count for _, count in found) == 6


@pytest.mark.parametrize(
    ("longest", "first", "count"),
    [(1, "1", 1), (10, "1", 10), (11, "1 to 2", 6), (139, "1 to 20", 7), (1023, "1 to 200", 6)],
)
def test_there_are_at_most_ten(bins, longest, first, count):
    found = bins([longest], longest)
    assert (found[0][0], len(found)) == (first, count)
    assert found[-1][1] == 1
