"""What a classifier takes samples for, beside what it takes real items for."""

from types import SimpleNamespace

import numpy as np
import pytest

from studio.evaluate.classes import class_hits, class_report
from studio.evaluate.drawn_samples import DrawnSamples


class Classifier:
    """Takes each item for the class that its feature names."""

    name, classes, accuracy = "classifier", ("a", "b", "c"), 0.9

    def predict(self, features):
        return features[:, 0].astype(np.int64)


def seen(*classes):
    return np.array(classes, np.float32)[:, None]


def report(samples, held_out, floor, asked=None, labels=None, classifier=None):
    labels = np.array(held_out if labels is None else labels)
    reference = SimpleNamespace(classifier=classifier or Classifier(), held_out_labels=labels)
    standard = SimpleNamespace(features=lambda one: (seen(*held_out), seen(*floor)))
    drawn = DrawnSamples(np.zeros(len(samples)), None if asked is None else np.array(asked), None)
    return class_report(reference, standard, drawn, {"classifier": seen(*samples)})


def test_histograms_and_how_far_they_differ():
    found = report(samples=[0, 0, 0, 1], held_out=[0, 0, 1, 1], floor=[0, 0, 1, 2])
    assert (found.samples, found.held_out) == ((3, 1, 0), (2, 2, 0))
    assert found.total_variation == pytest.approx(0.25)
    assert found.floor == pytest.approx(0.25)
    assert (found.accuracy, found.missing, found.classifier_accuracy) == (None, (), 0.9)


def test_a_class_is_missing_where_there_are_enough_real_items_to_say_so():
    held_out = [0] * 30 + [1] * 30 + [2] * 4
    found = report(samples=[0] * 62 + [1] * 2, held_out=held_out, floor=held_out)
    assert found.missing == ("b",)


def test_accuracy_is_of_those_that_were_asked_for_a_class():
    found = report([0, 1, 2, 0], [0, 1, 1, 2], [0] * 4, asked=[0, 1, 1, -1], labels=[0, 1, 2, -1])
    assert found.accuracy.value == pytest.approx(2 / 3)
    assert found.accuracy.floor == pytest.approx(2 / 3)
    drawn = DrawnSamples(np.zeros(4), np.array([0, 1, 1, -1]), None)
    assert class_hits(Classifier(), drawn, {"classifier": seen(0, 1, 2, 0)}).value == pytest.approx(2 / 3)


def test_of_one_sample_there_is_no_accuracy():
    assert report([0, 1], [0, 1], [0, 1], asked=[0, -1]).accuracy is None


def test_without_a_classifier_there_is_nothing_to_say():
    reference = SimpleNamespace(classifier=None)
    assert class_report(reference, None, None, {}) is None
