"""The sets of features of texts."""

from pathlib import Path

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.evaluate.feature_sets import feature_sets
from studio.evaluate.text.feature_sets import RunFeatures, TextFeatureSets
from studio.store.workspace import Workspace
from studio.testing.toy_data import toy_pairs, toy_texts
from tests.evaluate.text.conftest import SPEC


def test_texts_alike_lie_close(make_texts):
    found = RunFeatures(SPEC).extract(make_texts("the sea at night", "the sea by night", "12345 67890", ""))
    assert found.dtype == np.float32
    distances = np.linalg.norm(found - found[0], axis=1)
    assert distances[0] < distances[1] < distances[2]
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), [1, 1, 1, 0], atol=1e-5)


def test_there_is_no_network_for_texts(tmp_path):
    sets = feature_sets(SPEC)
    assert isinstance(sets, TextFeatureSets)
    assert sets.classifier(tmp_path, None) is None
    with pytest.raises(DataError, match="looks at images, and these are texts"):
        sets.inception(Path("inception.pt"))


def test_pairs_are_judged_as_translations_too(tmp_path):
    workspace = Workspace(tmp_path)
    texts, pairs = toy_texts(workspace, 0), toy_pairs(workspace)
    titles = [one.title for one in feature_sets(texts.spec).metrics(texts, texts.indices("validation"))]
    assert titles == ["letters", "real or generated", "variety", "copied"]
    assert feature_sets(pairs.spec).metrics(pairs, pairs.indices("validation"))[0].title == "translation"
