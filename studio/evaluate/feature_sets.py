"""Which sets of features there are for a modality."""

from __future__ import annotations

from studio.core.errors import DataError
from studio.core.modality import DataSpec, ImageSpec, TableSpec, TextSpec
from studio.evaluate.features import FeatureSets
from studio.evaluate.image.feature_sets import ImageFeatureSets
from studio.evaluate.table.feature_sets import TableFeatureSets
from studio.evaluate.text.feature_sets import TextFeatureSets

__all__ = ["feature_sets"]


def feature_sets(spec: DataSpec) -> FeatureSets:
    """The sets of features for some data.

    Raises:
        DataError: If the judge knows none.
    """
    match spec:
        case ImageSpec():
            return ImageFeatureSets(spec)
        case TableSpec():
            return TableFeatureSets(spec)
        case TextSpec():
            return TextFeatureSets(spec)
    raise DataError(f"The judge has no measures for {spec.modality} data.")
