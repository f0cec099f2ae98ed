"""Which sets of features there are for a modality."""

from studio.core.modality import ImageSpec, TableSpec
from studio.evaluate.feature_sets import feature_sets
from studio.evaluate.image.feature_sets import ImageFeatureSets
from studio.evaluate.table.feature_sets import TableFeatureSets


def test_each_modality_has_its_own():
    assert isinstance(feature_sets(ImageSpec(shape=(4, 4, 1))), ImageFeatureSets)
    table = TableSpec(shape=(1,), columns=("x",), knots=((0.0, 1.0),))
    assert isinstance(feature_sets(table), TableFeatureSets)
