"""Marks of items, step by step."""

import numpy as np

from studio.desk.exclusion import Exclusion, Exclusions


def test_steps_are_undone_one_by_one():
    marks, told = Exclusion(10), []
    marks.changed.connect(lambda: told.append(marks.numbers.tolist()))
    assert not marks.can_undo
    assert marks.exclude([3, 1, 3]) == 2
    assert marks.exclude([1, 5]) == 1
    assert marks.put_back([1, 9]) == 1
    assert marks.put_all_back() == 2
    assert told == [[1, 3], [1, 3, 5], [3, 5], []]
    assert [marks.undo() for _ in range(5)] == [2, 1, 1, 2, 0]
    assert told[4:] == [[3, 5], [1, 3, 5], [1, 3], []]
    assert not marks.can_undo


def test_what_changes_nothing_is_no_step():
    marks = Exclusion(4)
    assert marks.exclude([]) == marks.put_back([0, 1]) == marks.put_all_back() == 0
    marks.exclude([2])
    assert marks.exclude([2]) == 0
    marks.undo()
    assert (marks.count, marks.can_undo) == (0, False)


def test_many_steps_are_remembered_but_not_all():
    marks = Exclusion(1000)
    for number in range(1000):
        marks.exclude([number])
    undone = 0
    while marks.undo():
        undone += 1
    assert undone == 200
    assert marks.count == 800


def test_each_data_set_has_its_own(tmp_path):
    kept = Exclusions()
    kept.of(tmp_path, "f", 5).exclude([1])
    assert kept.of(tmp_path, "f", 5).numbers.tolist() == [1]
    assert kept.of(tmp_path / "other", "f", 5).count == 0
    # One that was put in its place by hand is another one.
    assert kept.of(tmp_path, "g", 5).count == 0
    assert np.array_equal(kept.of(tmp_path, "f", 5).mask, [False, True, False, False, False])
