"""Random parts of the items, by the seed alone."""

import pytest
import torch

from studio.evaluate.resampling import indicators, parts


@pytest.mark.parametrize("share", [2, 4])
def test_parts_have_no_repeats_and_are_a_function_of_the_seed(share):
    chosen = parts(11, share, 4, 3)
    assert all(len(rows) == len(set(rows.tolist())) == 11 // share for rows in chosen)
    assert all(torch.equal(a, b) for a, b in zip(chosen, parts(11, share, 4, 3), strict=True))
    assert not torch.equal(chosen[0], parts(11, share, 4, 4)[0])
    rows = indicators(chosen, 11)
    assert rows.sum(1).tolist() == [11, *[11 // share] * 4]
    assert rows[2].nonzero().flatten().tolist() == chosen[1].tolist()


def test_the_whole_set_stands_before_its_parts():
    assert indicators([torch.tensor([0, 2])], 3).tolist() == [[1, 1, 1], [1, 0, 1]]
    assert indicators([], 2).tolist() == [[1, 1]]


def test_a_part_of_fewer_items_than_shares_is_empty():
    assert [len(rows) for rows in parts(3, 4, 2, 0)] == [0, 0]
