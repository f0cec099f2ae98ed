"""Which sets of features there are for a modality."""

import pytest

from studio.core.errors import DataError
from studio.core.modality import ImageSpec, TableSpec
from studio.evaluate.feature_sets import feature_sets
from studio.evaluate.image.feature_sets import ImageFeatureSets


@pytest.mark.parametrize(
    "spec",
    [ImageSpec(shape=(4, 4, 1)), TableSpec(shape=(1,), columns=("x",), knots=((0.0, 1.0),))],
    ids=lambda spec: spec.modality,
)
def test_the_spec_says_whether_the_judge_has_measures_for_it(spec):
    try:
        known = bool(feature_sets(spec))
    except DataError:
        known = False
    assert spec.judged is known


def test_images_have_theirs():
    assert isinstance(feature_sets(ImageSpec(shape=(4, 4, 1))), ImageFeatureSets)


def test_what_the_judge_does_not_know_is_said():
    spec = TableSpec(shape=(1,), columns=("x",), knots=((0.0, 1.0),))
    with pytest.raises(DataError, match=r"^The judge knows images only, and this is table data\.$"):
        feature_sets(spec)
