"""Steps, ranges and counting are found of numbers, block by block."""

import numpy as np
import pytest

from studio.data.table.number_facts import NumberFacts, decimals_of_floats

RNG = np.random.default_rng(0)


def facts(*blocks, single=False, decimals=None):
    found = NumberFacts()
    for block in blocks:
        found.add(np.asarray(block, np.float64), decimals, single)
    return found


def rounded(values, decimals, dtype):
    return np.round(values, decimals).astype(dtype).astype(np.float64)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("decimals", [0, 1, 2, 3])
def test_the_step_of_decimals(dtype, decimals):
    values = rounded(RNG.normal(size=2000) * 50, decimals, dtype)
    found = facts(values[:700], values[700:], single=dtype == np.float32)
    assert found.step == 10.0**-decimals
    assert found.is_whole == (decimals == 0)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 150.0, 1e4, 1e7])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_plain_cloud_has_none(dtype, scale):
    values = (scale * RNG.uniform(1, 2, 5000)).astype(dtype).astype(np.float64)
    assert facts(values, single=dtype == np.float32).step == 0.0


def test_decimals_as_written_count_and_many_of_them_only_where_values_come_again():
    values = np.round(RNG.normal(size=1000), 6)
    assert facts(values, decimals=6).step == 0.0
    assert facts(np.tile(values[:100], 10), decimals=6).step == 1e-6
    assert facts(np.round(values, 3), decimals=3).step == 1e-3
    assert facts(values, decimals=7).step == 0.0


def test_numbers_too_far_from_0_for_32_bits_have_no_step():
    assert facts([1e6 + 0.01, 1e6 + 0.02], decimals=2).step == 0.0
    large = facts([2.0**24 + 1, 3.0])
    assert (large.is_whole, large.step) == (False, 0.0)
    assert facts([2.0**24, -(2.0**24)]).is_whole


def test_range_and_what_does_not_fit():
    found = facts([np.nan, 3.0, np.inf], [-1.0, 1e39, np.nan])
    assert (found.low, found.high, found.fit, found.unfit) == (-1.0, 3.0, 2, 2)
    empty = facts([np.nan, np.inf])
    assert (empty.fit, empty.step, empty.is_whole) == (0, 0.0, False)


@pytest.mark.parametrize(
    ("blocks", "counts"),
    [
        (([1, 2, 3], [4, 5]), True),
        (([0, 1], [2]), True),
        (([2, 3], [4]), False),
        (([1, 2], [4]), False),
        (([1, np.nan], [3]), False),
    ],
)
def test_whether_they_count_the_rows(blocks, counts):
    assert facts(*blocks).counts is counts


def test_rows_that_were_refused_are_counted_too():
    found = NumberFacts()
    found.add(np.array([1.0, 2.0]), records=np.array([5, 6]))
    found.add(np.array([4.0]), records=np.array([8]))
    assert found.counts


def test_decimals_go_on_from_those_of_before():
    assert decimals_of_floats(np.array([0.5]), 0, False) == 1
    assert decimals_of_floats(np.array([2.0]), 1, False) == 1
    assert decimals_of_floats(np.array([1 / 3]), 0, False) == 99
