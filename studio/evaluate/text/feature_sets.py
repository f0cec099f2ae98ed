"""The features of texts: how often each short run of letters occurs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.core.errors import DataError
from studio.core.modality import TextSpec
from studio.data.dataset import Dataset
from studio.data.text.tokenizer import TextTokenizer
from studio.evaluate.features import Features, ItemMetric, Items, Progress
from studio.evaluate.text.measures import text_measures
from studio.evaluate.text.translation import TranslationMeasures

__all__ = ["RunFeatures", "TextFeatureSets"]

_CHUNK = 1024
_FEATURES = 1024
_MOST_TRAINING = 50_000


class RunFeatures:
    """How often runs of two to four letters occur in a text, hashed into so many numbers, of length 1.

    Args:
        spec: The tokenizer.
    """

    name = "runs of letters"
    version = "1"

    def __init__(self, spec: TextSpec) -> None:
        self._tokenizer = TextTokenizer(spec)

    def extract(self, items: Items, on_progress: Progress = lambda *_: None) -> Features:
        """Texts int16 (N, L) to features, float32 (N, D)."""
        from sklearn.feature_extraction.text import HashingVectorizer

        vectors = HashingVectorizer(analyzer="char_wb", ngram_range=(2, 4), n_features=_FEATURES, dtype=np.float32)
        found = np.empty((len(items), _FEATURES), np.float32)
        for first in range(0, len(items), _CHUNK):
            texts = self._tokenizer.texts(items[first : first + _CHUNK])
            found[first : first + len(texts)] = vectors.transform(texts).toarray()
            on_progress(first + len(texts), len(items))
        return found


class TextFeatureSets:
    """Runs of letters, and measures of words, of copies and of translations."""

    def __init__(self, spec: TextSpec) -> None:
        self._spec = spec

    def classifier(self, folder: Path, on_progress: object) -> None:
        """None: the classes of texts are not told apart."""

    def learned(self) -> RunFeatures:
        """Runs of letters: nothing that was learned elsewhere knows these tokens."""
        return RunFeatures(self._spec)

    def plain(self) -> RunFeatures:
        """Runs of letters."""
        return RunFeatures(self._spec)

    def inception(self, network: Path) -> RunFeatures:
        """None fits.

        Raises:
            DataError: Always.
        """
        raise DataError(f"{network} looks at images, and these are texts; leave the Inception network out.")

    def metrics(self, dataset: Dataset, held_out: Items) -> list[ItemMetric]:
        """Letters, variety, what tells samples apart, copies of training texts, and translations of pairs."""
        training = dataset.indices("train")[:_MOST_TRAINING]
        texts = dataset.batch(training)[0]
        found: list[ItemMetric] = list(text_measures(self._spec, texts))
        sources, known = dataset.sources_of(held_out), dataset.sources_of(training)
        if sources is not None and known is not None:
            found.insert(0, TranslationMeasures(self._spec, sources, (known, texts)))
        return found
