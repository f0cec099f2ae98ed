"""An array of items is checked by its header and read row by row."""

import io

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.data.array import MOST_ITEMS, ArrayPart


def part(array, labels=None, data=None, shape=None):
    data = array.tobytes() if data is None else data
    return ArrayPart("a.npy", shape or array.shape, array.dtype, lambda: io.BytesIO(data), labels, 0)


def test_rows_come_in_blocks_of_a_few_megabytes():
    array = np.random.default_rng(0).integers(0, 256, (5, 1500, 1500), dtype=np.uint8)
    blocks = list(part(array).blocks())
    assert [len(block) for block in blocks] == [3, 2]
    np.testing.assert_array_equal(np.concatenate(blocks), array)


def test_a_file_of_another_length_is_damaged():
    array = np.zeros((4, 2, 2), np.uint8)
    with pytest.raises(DataError, match=r"^a\.npy is cut short: it ends before image 4; get it again\.$"):
        list(part(array, data=bytes(15)).blocks())
    with pytest.raises(DataError, match=r"^a\.npy is damaged: it goes on after its 4 images\.$"):
        list(part(array, data=bytes(17)).blocks())
    with pytest.raises(DataError, match=r"it ends before row 4"):
        list(part(np.zeros((4, 2), np.uint8), data=b"").blocks())


@pytest.mark.parametrize(
    ("checked", "said"),
    [
        (part(np.zeros((2, 3), "U1")), "a.npy holds str32 values, which are not numbers."),
        (part(np.zeros((2, 3, 3), np.complex64)), "a.npy holds complex64 values, which are not pixels."),
        (part(np.zeros(2, np.uint8)), "a.npy has the shape [2], which is neither one of images, [N, H, W], "),
        (part(np.zeros((2, 3)), shape=(MOST_ITEMS + 1, 3)), "a.npy claims 20,000,001 rows, more than the 20,000,000"),
        (part(np.zeros((2, 3)), np.zeros(3)), "a.npy has 2 rows but its labels have the shape [3]; there must be one"),
    ],
)
def test_what_cannot_hold_items(checked, said):
    with pytest.raises(DataError) as raised:
        checked.check()
    assert str(raised.value).startswith(said)


def test_what_can():
    assert part(np.zeros((2, 3), np.float64), np.zeros(2)).check() is None
    assert part(np.zeros((0, 3, 3), bool)).check() is None
