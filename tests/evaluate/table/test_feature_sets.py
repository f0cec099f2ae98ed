"""The cells of a row as features."""

from pathlib import Path

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.evaluate.table.feature_sets import CellFeatures, TableFeatureSets
from tests.evaluate.table.conftest import SPEC


def test_cells_are_quantiles_flags_and_categories():
    rows = np.array([[0.0, np.nan, 2.0], [3.0, 1.0, 0.0]], np.float32)
    seen = []
    features = CellFeatures(SPEC).extract(rows, lambda done, total: seen.append((done, total)))
    half = np.float32(np.sqrt(2.0) / 2)
    np.testing.assert_allclose(features[0], [0, 0, 0, half, 0, 0, half], atol=1e-6)
    np.testing.assert_allclose(features[1, :2], [0.98, 0.98 / 3], atol=1e-6)
    np.testing.assert_allclose(features[1, 2:], [half, 0, half, 0, 0], atol=1e-6)
    assert seen == [(2, 2)]


def test_there_is_no_inception_and_no_classifier_of_rows():
    sets = TableFeatureSets(SPEC)
    assert sets.classifier(Path("nowhere"), lambda *_: None) is None
    with pytest.raises(DataError, match="leave the Inception network out"):
        sets.inception(Path("network.onnx"))
    assert sets.plain().name == sets.learned().name == "cells"
