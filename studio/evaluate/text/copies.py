"""Looks for passages that samples share with the training texts, token by token."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.core.modality import TextSpec
from studio.evaluate.features import Items

__all__ = ["Copy", "longest_copies"]

# Of the rolling hash, modulo 2**64.
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Copy:
    """The longest passage that a text shares with a training text.

    Attributes:
        length: Its tokens.
        begin: Where it begins in the text.
        text: Number of the training text among those that were looked through; -1 where nothing is shared.
    """

    length: int
    begin: int
    text: int


class _Runs:
    """Runs of tokens that stay within their text, and a hash of each.

    Args:
        spec: The tokenizer.
        items: Texts as stored, (N, L).
    """

    def __init__(self, spec: TextSpec, items: Items) -> None:
        lengths = spec.lengths(items)
        inside = np.arange(items.shape[1]) < lengths[:, None]
        self._tokens = np.asarray(items)[inside].astype(np.uint64)
        self.owners = np.repeat(np.arange(len(items)), lengths)
        self._firsts = np.concatenate([[0], np.cumsum(lengths)])
        self.length = 0
        self.starts: npt.NDArray[np.int64] = np.arange(len(self._tokens))
        self.hashes = np.zeros(len(self._tokens), np.uint64)

    def grow(self) -> None:
        """Go on to runs of one token more."""
        last = self.starts + self.length
        self.length += 1
        stays = last < len(self._tokens)
        stays[stays] = self.owners[last[stays]] == self.owners[self.starts[stays]]
        self.starts = self.starts[stays]
        self.hashes = self.hashes[stays] * _FACTOR + self._tokens[last[stays]] + np.uint64(1)

    def keep(self, which: npt.NDArray[np.int64]) -> None:
        """Forget all other runs."""
        self.starts, self.hashes = self.starts[which], self.hashes[which]

    def begin(self, start: int) -> int:
        """Where in its text a run begins."""
        return start - int(self._firsts[self.owners[start]])


def longest_copies(spec: TextSpec, items: Items, training: Items) -> list[Copy]:
    """The longest passage that each text shares with a training text.

    The hashes of all runs of n tokens are compared for n = 1, 2, ... until no text has one more; two different runs
    have the same hash by a chance of one in 10**19.

    Args:
        spec: The tokenizer.
        items: Texts as stored, (N, L).
        training: Training texts as stored, (T, L).
    """
    ours, theirs = _Runs(spec, items), _Runs(spec, training)
    found = [Copy(0, 0, -1)] * len(items)
    while True:
        ours.grow()
        theirs.grow()
        if not len(ours.starts) or not len(theirs.starts):
            return found
        order = np.argsort(theirs.hashes, kind="stable")
        at = np.minimum(np.searchsorted(theirs.hashes[order], ours.hashes), len(order) - 1)
        shared = np.flatnonzero(theirs.hashes[order[at]] == ours.hashes)
        if not len(shared):
            return found
        texts, first = np.unique(ours.owners[ours.starts[shared]], return_index=True)
        for text, place in zip(texts.tolist(), shared[first].tolist(), strict=True):
            source = int(theirs.owners[theirs.starts[order[at[place]]]])
            found[text] = Copy(ours.length, ours.begin(int(ours.starts[place])), source)
        ours.keep(shared)
