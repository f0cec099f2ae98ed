"""Measures of translations, beside what two baselines of the same data reach.

References:
    Papineni et al., BLEU, 2002; Popovic, chrF, 2015; Post, A call for clarity in reporting BLEU scores, 2018,
        arXiv:1804.08771 (sacrebleu and its signature).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from studio.core.estimate import Estimate
from studio.core.modality import TextSpec
from studio.data.text.tokenizer import TextTokenizer
from studio.evaluate.features import Items
from studio.evaluate.part_measures import as_floored
from studio.evaluate.resampling import parts
from studio.store.evaluation import FeatureReport, Measure

__all__ = ["TranslationMeasures"]

_PARTS = 6


class TranslationMeasures:
    """BLEU and chrF of translations; the floor is what is reached without any translating.

    The floor of the first of each is the translation of the training source that is closest to the source by chrF; the
    second says what the source itself would reach as its translation.

    Args:
        spec: The tokenizer.
        sources: Sources of the held-out items, (N, S).
        training: Sources and texts of training items, (T, S) and (T, L).
    """

    title = "translation"

    def __init__(self, spec: TextSpec, sources: Items, training: tuple[Items, Items]) -> None:
        tokenizer = TextTokenizer(spec)
        self._tokenizer, self._dims = tokenizer, spec.shape[0]
        self._sources = tokenizer.texts(sources)
        self._training = tokenizer.texts(training[0]), training[1]
        self._nearest: list[str] | None = None

    def report(self, samples: Items, held_out: Items, floor: Items, seed: int) -> FeatureReport:
        """BLEU and chrF, 0 to 100.

        Args:
            samples: Translations of the sources of the held-out items, (N, L).
            held_out: The held-out items, (N, L).
            floor: Not looked at: other texts translate nothing.
            seed: Seed of the parts on which they are measured again.
        """
        given, wanted = self._tokenizer.texts(samples), self._tokenizer.texts(held_out)
        if self._nearest is None:
            self._nearest = self._of_the_nearest()
        halves, quarters = (
            [part.numpy() for part in parts(len(wanted), share, _PARTS, 4 * seed + share)] for share in (2, 4)
        )
        measures: list[Measure] = []
        for name in ("BLEU", "chrF"):
            own, nearest, copied = (
                _estimate(name, each, wanted, halves, quarters) for each in (given, self._nearest, self._sources)
            )
            measures.append(as_floored(f"{name}, nearest source", own, nearest))
            measures.append(as_floored(f"{name}, copied source", own, copied))
        return FeatureReport(
            name=f"translation; {_signature()}", version="1", dims=self._dims, measures=tuple(measures)
        )

    def _of_the_nearest(self) -> list[str]:
        """The translation of the training source that is closest to each source: by the cosine of runs of letters."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        sources, items = self._training
        vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
        known = vectors.fit_transform(sources)
        asked = vectors.transform(self._sources)
        found: list[int] = []
        for first in range(0, len(self._sources), 256):
            found += np.asarray((asked[first : first + 256] @ known.T).argmax(axis=1)).reshape(-1).tolist()
        return self._tokenizer.texts(items[found])


def _estimate(
    name: str,
    given: Sequence[str],
    wanted: Sequence[str],
    halves: Sequence[npt.NDArray[np.int64]],
    quarters: Sequence[npt.NDArray[np.int64]],
) -> Estimate:
    def score(rows: Sequence[int]) -> float:
        return _score(name, [given[row] for row in rows], [wanted[row] for row in rows])

    return Estimate(
        score(range(len(wanted))),
        np.array([score(rows.tolist()) for rows in halves]),
        np.array([score(rows.tolist()) for rows in quarters]),
    )


def _score(name: str, given: Sequence[str], wanted: Sequence[str]) -> float:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    metric = BLEU() if name == "BLEU" else CHRF()
    return float(metric.corpus_score(list(given), [list(wanted)]).score)


def _signature() -> str:
    """What a score has to be compared with, as sacrebleu says it."""
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    signatures = []
    for metric in (BLEU(), CHRF()):
        metric.corpus_score(["a"], [["a"]])
        signatures.append(str(metric.get_signature()))
    return ", ".join(signatures)
