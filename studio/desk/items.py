"""The items that a grid shows: those of an open data set under a filter, or those of a dry look."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.modality import DataSpec, TextSpec
from studio.core.words import number_of, one_line
from studio.data.dataset import Dataset, open_dataset
from studio.desk.tile import Tile, texts_of, tile_of, tokens_of
from studio.store.dataset import SPLITS
from studio.store.rows import Rows

__all__ = ["ITEMS", "DatasetItems", "ItemFilter", "OpenedDataset", "Overview", "PreviewItems", "open_items"]

ITEMS = "items.npy"
_MOST_SEEN = 1024
# Texts that are looked through at once.
_SEARCHED = 4096
_MOST_BYTES = 32 * 2**20

# Shows many items (N, ...) as one picture (H, W, C), or as one text.
Overview = Callable[[DataSpec | None, npt.NDArray[Any]], Tile]


@dataclass(frozen=True)
class OpenedDataset:
    """A data set that is open to be looked at.

    Attributes:
        data: The data set; its map of the items is for what reads them all, not for the window's thread.
        rows: Its items, one at a time.
    """

    data: Dataset
    rows: Rows


@dataclass(frozen=True)
class ItemFilter:
    """Which items of a data set are shown.

    Attributes:
        label: The class; -1 for items without one, None for all.
        split: 0 train, 1 validation, 2 test, None for all.
        text: Part of a class name, or the number of an item; of texts also a part of the text; empty for all.
    """

    label: int | None = None
    split: int | None = None
    text: str = ""

    def choose(self, opened: OpenedDataset, stop: Callable[[], bool] = lambda: False) -> npt.NDArray[np.int64]:
        """Numbers of the items that pass, ascending, int64.

        Args:
            opened: The data set.
            stop: Asked now and then whether nobody waits for the answer any more.
        """
        labels = opened.data.labels
        keep = np.ones(len(labels), np.bool_)
        if self.label is not None:
            keep &= labels == self.label
        if self.split is not None:
            keep &= opened.data.splits == self.split
        text = self.text.strip().casefold()
        if text:
            classes = opened.data.spec.classes
            named = [number for number, name in enumerate(classes) if text in one_line(name).casefold()]
            found = np.isin(labels, named)
            digits = text.removeprefix("#").replace(",", "")
            if digits.isdecimal() and len(digits) < 18 and int(digits) < len(labels):
                found[int(digits)] = True
            spec = opened.data.spec
            if isinstance(spec, TextSpec):
                found |= _holding(spec, opened.data.items, keep & ~found, text, stop)
            keep &= found
        return np.flatnonzero(keep).astype(np.int64, copy=False)


def _holding(
    spec: TextSpec, items: npt.NDArray[Any], among: npt.NDArray[np.bool_], words: str, stop: Callable[[], bool]
) -> npt.NDArray[np.bool_]:
    """Which of some texts hold words, whatever their case, bool (N,)."""
    found, numbers = np.zeros(len(items), np.bool_), np.flatnonzero(among)
    for start in range(0, len(numbers), _SEARCHED):
        if stop():
            break
        some = numbers[start : start + _SEARCHED]
        found[some] = [words in text.casefold() for text in texts_of(spec, items[some])]
    return found


def open_items(folder: Path) -> OpenedDataset:
    """Open a data set.

    Raises:
        StudioError: If it is damaged.
        OSError: If its items cannot be opened.
    """
    data = open_dataset(folder)
    return OpenedDataset(data, Rows(folder / ITEMS, data.spec))


def _class_name(label: int, classes: Sequence[str]) -> str:
    return one_line(classes[label]) if 0 <= label < len(classes) else "no class"


class DatasetItems:
    """Some items of an open data set, each a tile; they stay on disk, tiles seen last in memory too.

    Args:
        opened: The data set.
        numbers: Which items, int64 (M,).
        nats: Log p of every item of the data set by some model, for the captions; None for none.
        tokens: Whether texts are shown with a line between their tokens.
    """

    def __init__(
        self,
        opened: OpenedDataset,
        numbers: npt.NDArray[np.int64],
        nats: npt.NDArray[np.float64] | None = None,
        tokens: bool = False,
    ) -> None:
        self._opened = opened
        self._tokens = tokens
        self.numbers = numbers
        self._nats = nats
        self._seen: OrderedDict[int, Tile] = OrderedDict()
        self._most_seen = max(1, min(_MOST_SEEN, _MOST_BYTES // opened.data.spec.item_bytes))

    def count(self) -> int:
        """Number of tiles."""
        return len(self.numbers)

    def picture(self, index: int) -> Tile | None:
        """What a tile shows; None where it cannot be read."""
        number = int(self.numbers[index])
        found = self._seen.pop(number, None)
        if found is None:
            item = self._opened.rows.read(number)
            if item is None:
                return None
            spec = self._opened.data.spec
            found = tokens_of(spec, item) if self._tokens and isinstance(spec, TextSpec) else tile_of(spec, item)
            while len(self._seen) >= self._most_seen:
                self._seen.popitem(last=False)
        self._seen[number] = found
        return found

    @property
    def num_items(self) -> int:
        """Number of items."""
        return len(self.numbers)

    def marked(self, index: int) -> bool:
        """Items carry no star."""
        return False

    def caption(self, index: int) -> str:
        """Number, class and split of an item."""
        number = int(self.numbers[index])
        words = [f"Item {number:,}"]
        if self._opened.data.spec.classes:
            words.append(_class_name(int(self._opened.data.labels[number]), self._opened.data.spec.classes))
        words.append(SPLITS[self._opened.data.splits[number]])
        if self._nats is not None:
            words.append(f"log p {self._nats[number]:.5g} nats")
        return ", ".join(words)


class PreviewItems:
    """Some items as an import would make them, each a tile or together one.

    Args:
        spec: What they have in common.
        items: The items as stored, (N, ...).
        labels: Their classes, -1 for none.
        classes: Names of the classes.
        overview: Paints items that are one tile together.
    """

    def __init__(
        self, spec: DataSpec, items: npt.NDArray[Any], labels: Sequence[int], classes: Sequence[str], overview: Overview
    ) -> None:
        together = spec.together and len(items) > 0
        self._tiles = [overview(spec, items)] if together else [tile_of(spec, item) for item in items]
        self._together = number_of(len(items), spec.noun) if spec.together else ""
        self._labels = labels
        self._classes = classes

    def count(self) -> int:
        """Number of tiles."""
        return len(self._tiles)

    def picture(self, index: int) -> Tile | None:
        """What a tile shows."""
        return self._tiles[index]

    def marked(self, index: int) -> bool:
        """Items carry no star."""
        return False

    def caption(self, index: int) -> str:
        """Class of an item, or how many there are together."""
        if self._together:
            return self._together
        return _class_name(self._labels[index], self._classes) if self._classes else "As it would be imported"
