"""How likely a model held each token of the chosen sample: asked of the sampler service, told as parts of the text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path

import numpy as np

from studio.core.modality import TextSpec
from studio.core.token_likelihood import TokenLikelihood, TokenQuestion
from studio.desk.context import Desk, Signal
from studio.desk.job import Failed
from studio.desk.model_library import ModelLibrary
from studio.desk.sample_store import Batch, Sample, SampleStore
from studio.desk.sampler_thread import SamplerEvent, SamplerThread, ServiceRequest, TokensScored
from studio.desk.tile import texts_of
from studio.store.model import sibling

__all__ = ["TokenShade", "TokenShades", "shades_of"]

_END = "(the end)"
# A token of so many bits or more is shaded as strongly as can be.
_MOST_BITS = 10.0
_MOST_KEPT = 256


@dataclass(frozen=True)
class TokenShade:
    """A part of a text that a token stands for.

    Attributes:
        begin: Its first character.
        end: The one behind its last.
        strength: How unlikely it was: 0 where it was certain, 1 where it cost ten bits or more.
        words: How likely it was, and what was likelier, in words.
    """

    begin: int
    end: int
    strength: float
    words: str


def _share(probability: float) -> str:
    if probability < 0.0005:
        return "under 0.1%"
    return f"{probability:.1%}" if probability < 0.0995 else f"{probability:.0%}"


def shades_of(
    spec: TextSpec, tokens: Sequence[int], likelihoods: Sequence[TokenLikelihood], before: int = 0
) -> list[TokenShade]:
    """The parts of a text, in order, up to its end.

    Tokens that are bytes of one character are one part: together they are as likely as their product.

    Args:
        spec: The tokenizer.
        tokens: The text as stored, (L,).
        likelihoods: One for each place, (L,).
        before: Characters that stand before the text where it is shown.
    """
    row = np.asarray(tokens)
    ended = np.flatnonzero((row < 0) | (row >= spec.end))
    count = int(ended[0]) if len(ended) else len(row)
    # Every beginning of the text, from its first token on.
    prefixes = texts_of(spec, np.where(np.tri(count, dtype=bool), row[:count], spec.end))
    whole, found = prefixes[-1] if prefixes else "", list[TokenShade]()
    begin, since, probability = 0, 0, 1.0
    for place in range(count):
        # A character that is not whole yet is shown as another one, which the whole text does not have there.
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(prefixes[place][begin:], whole[begin:], strict=False))
        end = begin + sum(1 for _ in alike)
        probability *= likelihoods[place].probability
        if end > begin:
            words = _words(spec, whole[begin:end], probability, likelihoods[since])
            found.append(TokenShade(before + begin, before + end, _strength(probability), words))
            begin, since, probability = end, place + 1, 1.0
    return found


def _strength(probability: float) -> float:
    return min(1.0, -math.log2(max(probability, 1e-12)) / _MOST_BITS)


def _words(spec: TextSpec, text: str, probability: float, first: TokenLikelihood) -> str:
    lines = [f"\u201c{_shown(text)}\u201d: {_share(probability)}"]
    for token, share in first.likeliest:
        name = _END if token == spec.end else f"\u201c{_shown(texts_of(spec, np.array([[token]]))[0])}\u201d"
        lines.append(f"{name} {_share(share)}")
    return "\n".join([lines[0], "likeliest here:", *lines[1:]])


def _shown(text: str) -> str:
    return text.replace("\n", "\\n")


class TokenShades:
    """What is known of the tokens of samples.

    Args:
        desk: The page's.
        sampler: The service that is asked.
        library: Knows the models.
        samples: The samples.

    Attributes:
        wanted: Whether the person wants to see it.

    Signals:
        changed: Something is known that was not.
    """

    def __init__(self, desk: Desk, sampler: SamplerThread, library: ModelLibrary, samples: SampleStore) -> None:
        self.changed = Signal[()]()
        self.wanted = False
        self._desk, self._sampler, self._library, self._samples = desk, sampler, library, samples
        self._found: dict[Sample, list[TokenShade] | str] = {}
        self._asked: tuple[Sample, ServiceRequest] | None = None

    def toggle(self) -> None:
        """Show it, or no more; what could not be found out is asked again."""
        self.wanted = not self.wanted
        self._found = {sample: found for sample, found in self._found.items() if not isinstance(found, str)}

    def can(self, batch: Batch) -> bool:
        """Whether the model of a batch says how likely tokens are."""
        return isinstance(batch.document.spec, TextSpec) and self._file(batch) is not None

    def found(self, batch: Batch, position: int) -> list[TokenShade] | str:
        """The parts of what is shown of a sample; none while they are not known, and why where they cannot be.

        Where they are wanted and not known they are asked for.
        """
        sample = batch, position
        if not self.wanted or not self.can(batch):
            return []
        if sample not in self._found and (self._asked is None or self._asked[0] != sample):
            self._ask(sample)
        return self._found.get(sample, [])

    def _file(self, batch: Batch) -> Path | None:
        choice = self._library.of_batch(batch.document)
        if choice is None or choice.manifest is None or not choice.manifest.token_log_prob:
            return None
        return sibling(choice.path, "log_prob")

    def _ask(self, sample: Sample) -> None:
        batch, position = sample
        file, item = self._file(batch), self._samples.sample(batch, position)
        spec, request = batch.document.spec, batch.document.request
        if file is None or item is None or not isinstance(spec, TextSpec):
            return
        source, label = request.sources(slice(position, position + 1)), request.label(position)
        question = TokenQuestion(
            tokens=tuple(item.tolist()),
            label=-1 if label is None else label,
            source=tuple(source.values.reshape(-1).tolist()) if source is not None else None,
        )
        tell = self._desk.worker.receiver(partial(self._on_event, sample, spec, question))
        self._asked = sample, self._sampler.score_tokens(file, question, tell)

    def _on_event(self, sample: Sample, spec: TextSpec, question: TokenQuestion, event: SamplerEvent) -> None:
        if isinstance(event, TokensScored):
            tokens, scored = question.tokens, event.tokens
            # A source stands before the text.
            before = len(str(self._samples.view(*sample))) - len(self._samples.text(*sample))
            self._desk.worker.run(lambda: shades_of(spec, tokens, scored, before), partial(self._keep, sample))
        elif isinstance(event, Failed):
            self._keep(sample, event.text)
        elif self._asked is not None and self._asked[0] == sample:
            self._asked = None

    def _keep(self, sample: Sample, found: list[TokenShade] | str) -> None:
        while len(self._found) >= _MOST_KEPT:
            self._found.pop(next(iter(self._found)))
        self._found[sample] = found
        if self._asked is not None and self._asked[0] == sample:
            self._asked = None
        self.changed.emit()
