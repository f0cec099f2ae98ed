"""Labels of arrays become one list of classes."""

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.data.array import ArrayPart
from studio.data.labels import classes_of


def test_words_are_classes(add, save, images):
    dataset = add(save(x=images(4), y=np.array(["dog", "cat", "", "dog"])))
    assert dataset.spec.classes == ("cat", "dog")
    assert dataset.labels.tolist() == [1, 0, -1, 1]
    dataset = add(save(x=images(4), y=np.array([b"b", b"a\xff", b"b", b"b"])))
    assert dataset.spec.classes == ("a\\xff", "b")
    dataset = add(save(x=images(4), y=np.array([-1, 7, 30, 7], np.int8)))
    assert (dataset.spec.classes, dataset.labels.tolist()) == (("7", "30"), [-1, 0, 1, 0])


def test_classes_are_shared_between_splits(add, save, images):
    dataset = add(save(x_train=images(4), y_train=np.array([5, 5, 7, 7]), x_test=images(2), y_test=np.array([6, 7])))
    assert dataset.spec.classes == ("5", "6", "7")
    assert dataset.labels.tolist() == [0, 0, 2, 2, 1, 2]


@pytest.mark.parametrize("labels", [np.zeros(4), np.zeros((4, 2), int), np.zeros(3, int)])
def test_wrong_labels_are_refused(add, save, labels, images):
    with pytest.raises(DataError, match="labels"):
        add(save(x=images(4), y=labels))


def part(labels, count=None):
    labels = None if labels is None else np.array(labels)
    return ArrayPart("y", (count or len(labels), 1, 1), np.dtype(np.uint8), lambda: None, labels, 0)


def test_a_part_without_labels_lies_between_those_with_them():
    labels, classes = classes_of([part([3, 1]), part(None, 2), part([2, 3])])
    assert labels.tolist() == [2, 0, -1, -1, 1, 2]
    assert classes == ("1", "2", "3")


def test_nothing_is_labelled():
    labels, classes = classes_of([part(None, 2), part([-1, -1])])
    assert labels.tolist() == [-1] * 4
    assert classes == ()


def test_numbers_are_in_their_order_not_in_that_of_their_words():
    assert classes_of([part([10, 9, -5])])[1] == ("-5", "9", "10")


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["x" * 501], "A label of y is longer than 500 characters; save the names of classes."),
        (np.array([2**63], np.uint64), "A label is larger than any class number; save the labels as 64-bit whole"),
        (np.arange(65_537), "The labels of y hold 65,537 different values, more than the 65,536 classes a data set"),
    ],
)
def test_labels_that_are_no_classes(labels, said):
    with pytest.raises(DataError) as raised:
        classes_of([part(labels)])
    assert str(raised.value).startswith(said)


def test_words_beside_numbers():
    with pytest.raises(DataError, match=r"^Some labels are words and others are numbers; save them as one kind\.$"):
        classes_of([part([1]), part(["a"])])
