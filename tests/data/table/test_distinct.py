"""Different values are counted while there are few."""

from studio.data.table.distinct import Distinct


def test_counts_add_up_until_there_are_too_many():
    def add(values, counts):
        found.add(len(values), lambda: values, lambda: counts)

    found = Distinct()
    add(["a", "b"], [2, 1])
    add(["a"], [3])
    assert (found.counts, found.number) == ({"a": 5, "b": 1}, 2)
    add([str(number) for number in range(998)], [1] * 998)
    assert (found.number, found.is_full) == (1000, False)
    add(["one more"], [1])
    assert (found.number, found.is_full, found.counts) == (1001, True, {})
    add(["a"], [1])
    assert found.counts == {}
