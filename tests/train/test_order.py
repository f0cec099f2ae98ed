"""The order of items: every item of an epoch once, and the same on every resume."""

from types import SimpleNamespace

import numpy as np
import pytest

from studio.train.order import BatchOrder, held_out_batches


def test_the_order_is_a_function_of_seed_and_step():
    import numpy as np

    order, again = (BatchOrder(np.arange(10, 33), 5, seed=3) for _ in range(2))
    epoch = [order.batch(step) for step in range(4)]
    assert len(set(np.concatenate(epoch).tolist())) == 20
    np.testing.assert_array_equal(again.batch(6), order.batch(6))
    assert not np.array_equal(order.batch(0), order.batch(4))
    assert not np.array_equal(order.batch(0), BatchOrder(np.arange(10, 33), 5, seed=4).batch(0))
    assert len(BatchOrder(np.arange(3), 8, 0).batch(5)) == 3


def split(**sizes):
    """A data set whose splits lie one after the other."""
    bounds = np.cumsum([0, *sizes.values()])
    indices = {name: np.arange(a, b) for name, a, b in zip(sizes, bounds, bounds[1:], strict=False)}
    return SimpleNamespace(indices=indices.__getitem__)


def test_a_validation_takes_sixteen_batches_evenly_from_the_whole_split():
    batches = held_out_batches(split(train=10, validation=1000), 4)
    assert [len(batch) for batch in batches] == [4] * 16
    items = np.concatenate(batches)
    assert (items[0], items[-1]) == (10, 10 + 63 * 1000 // 64)
    assert set(np.diff(items)) == {15, 16}


def test_a_small_validation_is_taken_whole_with_a_last_batch_that_is_not_full():
    batches = held_out_batches(split(train=10, validation=7), 3)
    assert [batch.tolist() for batch in batches] == [[10, 11, 12], [13, 14, 15], [16]]


@pytest.mark.parametrize(("train", "expected"), [(3, [[0, 1], [2]]), (0, [])])
def test_without_held_out_items_those_of_the_training_are_taken(train, expected):
    assert [batch.tolist() for batch in held_out_batches(split(train=train, validation=0), 2)] == expected
