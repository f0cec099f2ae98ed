"""Measures of texts beside their floor, and of what they share with the training texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from studio.core.modality import TextSpec
from studio.data.text.tokenizer import TextTokenizer
from studio.evaluate.features import Items
from studio.evaluate.part_measures import PartMeasures
from studio.evaluate.text.copies import longest_copies
from studio.evaluate.text.words import letter_distance, real_or_generated, variety
from studio.store.evaluation import FeatureReport

__all__ = ["copied", "copy_note", "text_measures"]

_PARTS = {"variety": 10, "letters": 10, "copied": 6, "two-sample": 4}
_LONGEST_SHOWN = 200


def text_measures(spec: TextSpec, training: Items) -> Sequence[PartMeasures]:
    """What is measured of texts.

    Args:
        spec: The tokenizer.
        training: Training texts as stored, (T, L).
    """
    tokenizer, places = TextTokenizer(spec), spec.shape[0]

    def letters(items: Items, held_out: Items, seed: int) -> Mapping[str, float]:
        return letter_distance(tokenizer.texts(items), tokenizer.texts(held_out))

    def apart(items: Items, held_out: Items, seed: int) -> Mapping[str, float]:
        return real_or_generated(tokenizer.texts(items), tokenizer.texts(held_out), seed)

    return [
        PartMeasures("letters", letters, _PARTS["letters"], places),
        PartMeasures("real or generated", apart, _PARTS["two-sample"], places),
        PartMeasures("variety", lambda items, *_: variety(tokenizer.texts(items)), _PARTS["variety"], places),
        _AgainstHeldOut("copied", partial(copied, spec, training), _PARTS["copied"], places),
    ]


class _AgainstHeldOut(PartMeasures):
    """Measures whose floor is that of the held-out texts: other real ones are training texts, and so whole copies."""

    def report(self, samples: Items, held_out: Items, floor: Items, seed: int) -> FeatureReport:
        """As ``PartMeasures``, the held-out texts in place of the floor's."""
        return super().report(samples, held_out, held_out, seed)


def copied(spec: TextSpec, training: Items, items: Items, held_out: Items, seed: int) -> Mapping[str, float]:
    """Tokens of the longest passage that a text shares with a training text: the mean, and that of one in a hundred."""
    lengths = np.array([copy.length for copy in longest_copies(spec, items, training)])
    return {"longest passage": float(lengths.mean()), "of 1 in 100": float(np.quantile(lengths, 0.99))}


def copy_note(spec: TextSpec, training: Items, samples: Items) -> str:
    """The longest passage that any sample shares with a training text, with both texts; empty where none does."""
    copies = longest_copies(spec, samples, training)
    number = max(range(len(copies)), key=lambda each: copies[each].length)
    longest = copies[number]
    if longest.text < 0:
        return ""
    tokenizer = TextTokenizer(spec)
    run = samples[number][longest.begin : longest.begin + longest.length]
    whole, sample, source = (
        _shown(text)
        for text in (tokenizer.text(run), tokenizer.text(samples[number]), tokenizer.text(training[longest.text]))
    )
    return (
        f"The longest passage that a sample shares with a training text has {longest.length:,} tokens: '{whole}', of "
        f"sample {number}: '{sample}', in the training text: '{source}'."
    )


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}..."
