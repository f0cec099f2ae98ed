import numpy as np
import pytest

from studio.desk.likelihood_spread import HELD_OUT, SHOWN, TRAIN, LikelihoodSpread

ALL = np.arange(6)
SPLITS = np.array([0, 0, 0, 0, 1, 2], np.uint8)


def spread_of(nats, shown=None, splits=None):
    nats = np.array(nats, np.float64)
    shown = np.arange(len(nats)) if shown is None else np.array(shown)
    return LikelihoodSpread(nats, SPLITS[: len(nats)] if splits is None else splits, shown)


def test_train_and_held_out_items_are_counted_apart_and_what_is_shown_where_it_is_not_all():
    nats = [-4.0, -3.0, -2.0, -1.0, -3.5, -1.5]
    found = spread_of(nats).histogram
    assert set(found.shares) == {TRAIN, HELD_OUT}
    assert [shares.sum() for shares in found.shares.values()] == pytest.approx([100.0, 100.0])
    assert (found.edges[0], found.edges[-1]) == (-4.0, -1.0)
    some = spread_of(nats, [0, 4]).histogram
    assert set(some.shares) == {TRAIN, HELD_OUT, SHOWN}
    assert (some.shares[SHOWN] > 0).sum() == 2


def test_far_and_impossible_ones_are_in_the_outermost_bar():
    rng = np.random.default_rng(0)
    nats = np.concatenate([rng.normal(size=1000), [-1e9, -np.inf]])
    found = LikelihoodSpread(nats, np.zeros(1002, np.uint8), np.arange(1002)).histogram
    assert -12 < found.edges[0] < -3
    assert found.shares[TRAIN][0] == pytest.approx(100 * 2 / 1002)


def test_items_that_are_all_as_likely():
    found = spread_of([-5.0] * 6).histogram
    assert found.edges[0] < -5.0 < found.edges[-1]
    assert spread_of([-np.inf] * 6).histogram is None
    assert spread_of([-np.inf] * 6).threshold(3) == 0.0


@pytest.mark.parametrize("count", range(7))
def test_so_many_lie_below_the_threshold(count):
    nats = [-4.0, -3.0, -2.0, -1.0, -3.5, -1.5]
    spread = spread_of(nats)
    threshold = spread.threshold(count)
    assert np.isfinite(threshold)
    assert spread.count_below(threshold) == count
    assert sorted(spread.below(threshold)) == sorted(np.argsort(nats)[:count])


def test_impossible_ones_are_below_any_threshold():
    spread = spread_of([-np.inf, -3.0, -np.inf, -1.0])
    for count, found in ((0, 2), (1, 2), (2, 2), (3, 3), (4, 4)):
        assert spread.count_below(spread.threshold(count)) == found


def test_only_shown_ones_count():
    spread = spread_of([-4.0, -3.0, -2.0, -1.0, -3.5, -1.5], [5, 3, 1])
    assert spread.below(spread.threshold(2)).tolist() == [5, 1]
    assert spread.below(-100.0).tolist() == []
    # Several of the same likelihood are below together, or none of them.
    same = spread_of([-2.0, -2.0, -2.0, -1.0])
    assert same.count_below(same.threshold(1)) in (0, 3)
