"""Classifiers that tell two samples apart, and predictions."""

import numpy as np
import pytest

from studio.core.modality import TableSpec
from studio.evaluate.table.learners import predictions, two_sample_accuracy
from tests.evaluate.table.conftest import SPEC


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    monkeypatch.setattr("studio.evaluate.table.learners._ROUNDS", {"two-sample": 15, "prediction": 15})


def test_one_distribution_cannot_be_told_and_another_can(make_rows):
    alike = two_sample_accuracy(SPEC, make_rows(600, 1), make_rows(600, 2), 0)
    assert set(alike) == {"logistic regression", "boosted trees"}
    assert all(0.42 < value < 0.58 for value in alike.values())
    turned = two_sample_accuracy(SPEC, make_rows(600, 1, correlation=-0.9), make_rows(600, 2), 0)
    assert turned["boosted trees"] > 0.75
    assert turned["logistic regression"] < 0.6
    shifted = make_rows(600, 1) + np.array([2.0, 0.0, 0.0], np.float32)
    assert two_sample_accuracy(SPEC, shifted, make_rows(600, 2), 0)["logistic regression"] > 0.8


def test_too_few_rows_say_nothing(make_rows):
    assert two_sample_accuracy(SPEC, make_rows(5, 1), make_rows(5, 2), 0) == {}
    assert predictions(SPEC, make_rows(5, 1), make_rows(5, 2), 0) == {}


def test_a_column_is_predicted_from_the_others(make_rows):
    found = predictions(SPEC, make_rows(800, 1), make_rows(800, 2), 0)
    assert set(found) == {"R2 x", "R2 y", "accuracy kind"}
    assert found["accuracy kind"] > 0.9
    assert 0.5 < found["R2 y"] < 0.9
    assert predictions(SPEC, make_rows(800, 1, correlation=0.0), make_rows(800, 2), 0)["R2 y"] < 0.2
    one = TableSpec(shape=(1,), columns=("x",), knots=((0.0, 1.0),))
    assert predictions(one, make_rows(50, 1)[:, :1], make_rows(50, 2)[:, :1], 0) == {}


def test_a_constant_column_is_not_predicted(make_rows):
    rows = make_rows(100, 1)
    rows[:, 0] = 1.0
    assert "R2 x" not in predictions(SPEC, rows, make_rows(100, 2), 0)
