"""The sets of features of images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from studio.core.modality import ImageSpec
from studio.evaluate.features import ItemMetric
from studio.evaluate.image.classifier import Classifier, load_or_train_classifier
from studio.evaluate.image.efficientnet import EfficientNetFeatures
from studio.evaluate.image.inception import InceptionFeatures
from studio.evaluate.image.pixels import PixelFeatures

__all__ = ["ImageFeatureSets"]


class ImageFeatureSets:
    """Features of a network that learned ImageNet, pixels, and an Inception network for FID."""

    def __init__(self, spec: ImageSpec) -> None:
        self._spec = spec

    def classifier(self, folder: Path, on_progress: Callable[[str, int, int], None]) -> Classifier:
        """The classifier of the data set's classes."""
        return load_or_train_classifier(folder, on_progress)

    def metrics(self, dataset: object, held_out: object) -> Sequence[ItemMetric]:
        """None beside distances of features."""
        return ()

    def learned(self) -> EfficientNetFeatures:
        """The features of an EfficientNet."""
        return EfficientNetFeatures(self._spec.shape)

    def plain(self) -> PixelFeatures:
        """The pixels."""
        return PixelFeatures()

    def inception(self, network: Path) -> InceptionFeatures:
        """The features of an Inception network."""
        return InceptionFeatures(network)
