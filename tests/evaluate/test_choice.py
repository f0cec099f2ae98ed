"""Which real items the judge takes: the floor is like the samples, and none of it was seen by the classifier."""

import numpy as np

from studio.evaluate.choice import FLOOR, HELD_OUT, choose, kept_apart, paired_by_class, shuffled


def counts(labels):
    return np.bincount(labels + 1, minlength=3).tolist()


def test_a_fifth_of_every_class_is_kept_apart(uneven):
    dataset, _ = uneven
    training, apart = dataset.indices("train"), kept_apart(dataset)
    assert len(apart) == len(training) // 5
    assert set(apart) < set(training.tolist())
    assert np.array_equal(apart, kept_apart(dataset))
    for whole, part in zip(counts(dataset.labels[training]), counts(dataset.labels[apart]), strict=True):
        assert abs(part - whole / 5) <= 1


def test_two_sides_have_the_same_classes(uneven):
    dataset, _ = uneven
    held_out, apart = shuffled(dataset.indices("validation"), HELD_OUT), shuffled(kept_apart(dataset), FLOOR)
    for count in (10, 30, 500):
        first, second = paired_by_class(held_out, apart, dataset.labels, count)
        assert counts(dataset.labels[first]) == counts(dataset.labels[second])
        assert len(first) == len(set(first.tolist())) <= count
        assert set(first.tolist()) <= set(held_out.tolist())
        assert set(second.tolist()) <= set(apart.tolist())
    # Where the other side lacks a class, this side goes without.
    lacking = apart[dataset.labels[apart] != 1]
    first, second = paired_by_class(held_out, lacking, dataset.labels, 500)
    assert 1 not in dataset.labels[first]
    assert counts(dataset.labels[first]) == counts(dataset.labels[second])
    assert np.array_equal(np.sort(choose(held_out, 5, 1)), choose(held_out, 5, 1))
