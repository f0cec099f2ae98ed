"""The numbers of an axis of times."""

import itertools
import math

import pytest


@pytest.mark.parametrize(
    ("low", "high", "size", "expected"),
    [
        (1e-4, 0.1, 400, ["0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1"]),
        (0.9, 12, 700, ["1", "2", "5", "10"]),
        (1e-9, 1e3, 400, ["1e-08", "1e-06", "0.0001", "0.01", "1", "100"]),
    ],
)
def test_as_many_numbers_as_there_is_room_for(app, low, high, size, expected):
    from studio.gui.compare.scatter import TimeAxis

    axis = TimeAxis()
    levels = axis.logTickValues(math.log10(low) - 1e-9, math.log10(high) + 1e-9, size, [])
    named = {}
    for spacing, values in levels:
        named |= dict(zip(values, axis.logTickStrings(values, 1.0, spacing), strict=True))
    shown = [named[value] for value in sorted(named) if named[value]]
    assert shown == expected
    places = [size * value / math.log10(high / low) for value in sorted(named) if named[value]]
    assert min(b - a for a, b in itertools.pairwise(places)) >= 56
