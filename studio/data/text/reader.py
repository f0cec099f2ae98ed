"""Imports texts: they are read once to learn a tokenizer on the training split, and again to become tokens."""

from __future__ import annotations

import sys
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

import numpy as np
import numpy.typing as npt

from studio.core.errors import DataError
from studio.core.event import ColumnFound
from studio.core.event_writer import Progress
from studio.core.modality import TextSpec
from studio.core.modality.text import BYTES
from studio.core.words import number_of
from studio.data.array import MOST_ITEMS
from studio.data.split import TRAIN, assign_splits
from studio.data.text.letters import letters_of
from studio.data.text.passages import Passages, TextBlock
from studio.data.text.request import TextRequest
from studio.data.text.tokenizer import TextTokenizer, learn_tokenizer
from studio.data.writer import ItemWriter

__all__ = ["TextImport", "TextPlan"]

# Characters that a tokenizer is learned on at most; more change it little.
_LEARNED_ON = 20_000_000
# Characters of training text for each token of the vocabulary, and the most tokens that are learned unasked.
_FOR_EACH_TOKEN = 300
_LARGEST_VOCABULARY = 4_096
_MOST_REFUSED = 1_000_000
_MOST_CLASSES = 1_000
_WRITTEN = 4_096


@dataclass(frozen=True)
class TextPlan:
    """The tokenizer and the length of every item.

    Attributes:
        tokenizer: The tokenizer, as JSON.
        length: Places of an item, the end counted.
        source_length: Places of a source; 0 where texts have none.
    """

    tokenizer: str
    length: int
    source_length: int
    dtype: str = "int16"

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one item as it is stored."""
        return (self.length,)

    @property
    def item_bytes(self) -> int:
        """Bytes of one item and its source."""
        return 2 * (self.length + self.source_length)

    def spec(self, classes: tuple[str, ...] = ()) -> TextSpec:
        """What the texts have in common."""
        return TextSpec(shape=self.shape, classes=classes, tokenizer=self.tokenizer, source_length=self.source_length)


class TextImport:
    """An import of texts.

    Args:
        passages: Where they come from.
        name: What that is called.
        request: What is asked of them.
        seed: Seed of the splits, which the tokenizer depends on.
        progress: Told how far it is.
    """

    fit = ""
    num_shown = 200
    # Whether it is a table in text, whose format can be said.
    is_text = False
    licence = ""

    def __init__(self, passages: Passages, name: str, request: TextRequest, seed: int, progress: Progress) -> None:
        self._passages, self._name, self._request = passages, name, request
        self._seed, self._progress = seed, progress
        self._plan: TextPlan | None = None
        self._texts, self._sources = _TokenRows(), _TokenRows()
        self._labels: list[str] = []
        self._splits = np.zeros(0, np.uint8)
        self._refused: list[tuple[str, str]] = []
        self._repeats = 0

    def close(self) -> None:
        """Give up what was read."""
        self._texts.close()
        self._sources.close()

    @property
    def count(self) -> int:
        """Number of texts not refused."""
        return len(self._texts.lengths)

    def _blocks(self, stage: str) -> Iterator[TextBlock]:
        for block in self._passages.blocks():
            yield block
            self._progress(stage, block.done, self._passages.total)

    def plan(self) -> TextPlan:
        """Learn the tokenizer and make tokens of every text; the second call says the same.

        Raises:
            DataError: If there is no text.
        """
        if self._plan is None:
            splits, characters = self._look()
            tokenizer = self._learn(splits, characters)
            self._tokenize(tokenizer, splits)
            length, source_length = (int(rows.lengths.max(initial=-1)) + 1 for rows in (self._texts, self._sources))
            self._plan = TextPlan(tokenizer, length, source_length)
        return self._plan

    def _look(self) -> tuple[npt.NDArray[np.uint8], int]:
        """Split of each text that can be read, and the characters of all."""
        characters = 0
        given: list[int] = []
        seen: set[int] = set()
        for block in self._blocks("reading"):
            for place, reason in enumerate(block.refusals()):
                if reason:
                    continue
                given.append(block.splits[place])
                both = block.both(place)
                characters += sum(map(len, both))
                seen.add(hash(tuple(map(letters_of, both))))
            if len(given) > MOST_ITEMS:
                raise DataError(f"{self._name} has more than the {MOST_ITEMS:,} texts that a data set may have.")
        self._repeats = len(given) - len(seen)
        return assign_splits(np.array(given, np.uint8), self._seed), characters

    def _learn(self, splits: npt.NDArray[np.uint8], characters: int) -> str:
        wanted = self._request.vocabulary
        if wanted is None:
            suits = characters // _FOR_EACH_TOKEN
            wanted = BYTES if suits < BYTES else min(_LARGEST_VOCABULARY, 2 ** round(np.log2(suits)))

        def training() -> Iterator[str]:
            number, left = 0, _LEARNED_ON
            for block in self._blocks("learning tokens"):
                for place, reason in enumerate(block.refusals()):
                    if reason:
                        continue
                    if splits[number] == TRAIN and left > 0:
                        both = block.both(place)
                        left -= sum(map(len, both))
                        yield from both
                    number += 1
                if left <= 0:
                    return

        return learn_tokenizer(training(), int(wanted))

    def _tokenize(self, tokenizer: str, splits: npt.NDArray[np.uint8]) -> None:
        """Write the tokens of every text, and of its source, to the side."""
        encoder = TextTokenizer(TextSpec(shape=(self._request.longest,), tokenizer=tokenizer))
        kept: list[int] = []
        number = 0
        refused: list[tuple[tuple[int, int], str]] = []
        for block in self._blocks("writing tokens"):
            reasons = block.refusals()
            good = [place for place, reason in enumerate(reasons) if not reason]
            refused += [(block.places[place], reason) for place, reason in enumerate(reasons) if reason]
            texts = encoder.tokens_of([block.texts[place] for place in good])
            sources = encoder.tokens_of([block.sources[place] for place in good]) if block.sources else texts
            for place, text, source in zip(good, texts, sources, strict=True):
                longest = max(len(text), len(source))
                if longest < self._request.longest and text:
                    self._texts.add(text)
                    if block.sources:
                        self._sources.add(source)
                    self._labels.append(block.labels[place])
                    kept.append(number)
                else:
                    reason = f"{longest:,} tokens; a text has {self._request.longest - 1:,} at most"
                    refused.append((block.places[place], reason))
                number += 1
            if len(refused) > _MOST_REFUSED:
                break
        self._refused = [(self._passages.name_of(place), reason) for place, reason in refused] + self._passages.refused
        if not kept:
            self._nothing()
        self._splits = splits[np.array(kept, np.int64)]

    def _nothing(self) -> None:
        first = "; ".join(f"{name}: {reason}" for name, reason in self._refused[:3])
        what = f"No text of {self._name} can be imported ({first})." if first else ""
        raise DataError(what or f"There is nothing to import in {self._name}: it holds no text.")

    def write(self, writer: ItemWriter, plan: TextPlan) -> None:
        """Write every text, and its source where there is one."""
        end = plan.spec().end
        for first in range(0, self.count, _WRITTEN):
            writer.add(self._texts.rows(first, _WRITTEN, plan.length, end).tobytes())
            if plan.source_length:
                writer.add_sources(self._sources.rows(first, _WRITTEN, plan.source_length, end))
            self._progress("writing", min(self.count, first + _WRITTEN), self.count)

    def sample(
        self, plan: TextPlan, wanted: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int64]]:
        """A few texts by their numbers."""
        end = plan.spec().end
        return np.concatenate([self._texts.rows(int(number), 1, plan.length, end) for number in wanted]), wanted

    def labels(self) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
        """Label of each text, -1 for none, and the classes in the order of their labels.

        Raises:
            DataError: If there are too many classes.
        """
        self.plan()
        classes = tuple(sorted({word for word in self._labels if word}))
        if len(classes) > _MOST_CLASSES:
            raise DataError(
                f"{self._name} has {len(classes):,} classes; a class is shared by many texts, and there are "
                f"{_MOST_CLASSES:,} at most. Choose another column for the class, or none."
            )
        numbers = {word: number for number, word in enumerate(classes)}
        return np.array([numbers.get(word, -1) for word in self._labels], np.int64), classes

    def given_splits(self) -> npt.NDArray[np.uint8]:
        """Split of each text: the tokenizer was learned on that of training."""
        self.plan()
        return self._splits

    def refused(self) -> list[tuple[str, str]]:
        """The texts that were refused: (name, reason)."""
        return self._refused

    def spec(self, plan: TextPlan, classes: tuple[str, ...], splits: npt.NDArray[np.uint8]) -> TextSpec:
        """The tokenizer and the lengths."""
        return plan.spec(classes)

    def columns(self) -> list[ColumnFound]:
        """Names of the columns of a table; none of them has a kind to choose."""
        names = self._passages.columns()
        return [{"name": name, "kind": "", "kinds": [], "found": "", "said": ""} for name in names]

    def notes(self) -> list[str]:
        """What to know of the texts."""
        if not self._repeats:
            return []
        return [f"{number_of(self._repeats, 'text')} repeat another but for case, spaces and punctuation."]

    def facts(self, plan: TextPlan) -> list[tuple[str, str]]:
        """How they were read, the tokenizer, and their lengths."""
        tokens = len(plan.spec().tokens)
        kind = "byte pairs, learned on the training split" if tokens > BYTES else "one for each byte"
        facts = [*self._passages.facts(), ("Tokens", f"{tokens:,}: {kind}"), ("Length", _spread(self._texts.lengths))]
        return [*facts, ("Source", _spread(self._sources.lengths))] if plan.source_length else facts


def _spread(lengths: npt.NDArray[np.int64]) -> str:
    return f"{int(np.median(lengths)):,} tokens in the middle, {int(lengths.max()):,} at most"


class _TokenRows:
    """Tokens of texts, one text after another, in a file to the side: they may be more than memory holds."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close
        self._found: list[int] = []
        self._starts: list[int] = [0]

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Tokens of each text, (N,)."""
        return np.array(self._found, np.int64)

    def add(self, tokens: Sequence[int]) -> None:
        """Append a text."""
        numbers = array("h", tokens)
        if sys.byteorder == "big":
            numbers.byteswap()
        numbers.tofile(self._file)
        self._found.append(len(tokens))
        self._starts.append(self._starts[-1] + len(tokens))

    def rows(self, first: int, count: int, length: int, end: int) -> npt.NDArray[np.int16]:
        """Some texts from a number on as items, int16 (n, length)."""
        lengths = np.array(self._found[first : first + count], np.int64)
        self._file.seek(2 * self._starts[first])
        tokens = np.frombuffer(self._file.read(2 * int(lengths.sum())), "<i2")
        rows = np.full((len(lengths), length), end, "<i2")
        rows[np.arange(length) < lengths[:, None]] = tokens
        return rows

    def close(self) -> None:
        """Give up what was written."""
        self._file.close()
