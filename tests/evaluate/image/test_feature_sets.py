"""The sets of features of images, each by its name."""

import pytest

from studio.core.errors import DataError
from studio.core.modality import ImageSpec
from studio.evaluate.image.feature_sets import ImageFeatureSets


@pytest.mark.parametrize(("side", "seen"), [(64, 64), (65, 96)])
def test_the_learned_ones_see_an_image_at_the_size_that_its_own_asks_for(side, seen):
    sets = ImageFeatureSets(ImageSpec(shape=(side, 8, 3)))
    assert sets.learned().name == f"EfficientNet-Lite0 (ImageNet) at {seen} px"
    assert sets.plain().name == "pixels"


def test_a_network_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match=r"none\.pt"):
        ImageFeatureSets(ImageSpec(shape=(8, 8, 1))).inception(tmp_path / "none.pt")
