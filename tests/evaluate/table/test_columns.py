"""Distances of single columns and of pairs."""

import numpy as np
import pytest

from studio.core.modality import Column, TableSpec
from studio.evaluate.table.columns import column_distances, correlation_distance, kolmogorov_smirnov, total_variation
from tests.evaluate.table.conftest import SPEC


def test_kolmogorov_smirnov_is_the_largest_gap_of_the_two_distributions():
    x = np.array([1.0, 2.0, 3.0, 4.0])
    assert kolmogorov_smirnov(x, x) == 0.0
    assert kolmogorov_smirnov(x, x + 10) == 1.0
    assert kolmogorov_smirnov(x, np.array([2.5, 3.0, 4.0, 9.0])) == pytest.approx(0.5)


def test_total_variation_counts_what_is_missing_as_a_category():
    x = np.array([0.0, 0.0, 1.0, np.nan])
    assert total_variation(x, x, 2) == 0.0
    assert total_variation(x, np.array([0.0, 0.0, 1.0, 1.0]), 2) == pytest.approx(0.25)


def test_every_column_has_its_distance_and_rows_of_one_distribution_are_near(make_rows):
    near = column_distances(SPEC, make_rows(3000, 1), make_rows(3000, 2))
    assert set(near) == {"mean", "farthest", "KS x", "KS y", "missing y", "TV kind"}
    assert near["farthest"] < 0.06
    shifted = make_rows(3000, 1) + np.array([0.0, 1.0, 0.0], np.float32)
    far = column_distances(SPEC, shifted, make_rows(3000, 2))
    assert far["KS y"] == far["farthest"] > 0.3
    assert far["KS x"] < 0.06


def test_columns_without_a_number_left_and_many_columns(make_rows):
    empty = make_rows(50, 1)
    empty[:, 1] = np.nan
    assert "KS y" not in column_distances(SPEC, empty, make_rows(50, 2))
    wide = TableSpec(shape=(30,), columns=tuple(Column(name=f"c{n}", knots=(0.0, 1.0)) for n in range(30)))
    rows = np.random.default_rng(0).random((40, 30)).astype(np.float32)
    assert set(column_distances(wide, rows, rows)) == {"mean", "farthest"}


def test_a_lost_correlation_is_seen(make_rows):
    kept = correlation_distance(SPEC, make_rows(4000, 1), make_rows(4000, 2))
    lost = correlation_distance(SPEC, make_rows(4000, 1, correlation=0.0), make_rows(4000, 2))
    assert kept["largest difference"] < 0.08
    assert lost["largest difference"] == pytest.approx(0.85, abs=0.1)
    assert lost["mean difference"] > kept["mean difference"]
    one = TableSpec(shape=(1,), columns=("x",), knots=((0.0, 1.0),))
    assert correlation_distance(one, make_rows(9, 1)[:, :1], make_rows(9, 2)[:, :1]) == {}
