"""Finds images that are all but the same as an earlier one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import torch

from studio.evaluate.features import Items, Progress
from studio.evaluate.image.pixels import batches, shrink

__all__ = ["LABEL", "first_alike"]

Numbers = npt.NDArray[np.int64]

# What compression leaves in photographs is gone at this size, and a small shift is little.
_SIDE = 16
# Of values in [0, 1]: the root mean square of the difference of two images, which tells a likeness as a whole, and the
# largest, for what differs in one place only, such as an open eye and a closed one, is something else.
_NEAR, _NEAR_ANYWHERE = 0.05, 0.15
# Pictures of little contrast, such as stars in the sky, lie near one another though they show different things.
_OF_CONTRAST = 0.25
LABEL = (
    "images that, brought down to 16 pixels, differ by at most 13 of 255 grey levels and a quarter of their contrast "
    "(root mean square), and by at most 38 anywhere"
)
_DIRECTIONS = 16
_SAMPLE = 1024
_BLOCK = 1024
_CHUNK = 8192
_PAIRS = 512


def first_alike(items: Items, on_progress: Progress = lambda *_: None) -> Numbers:
    """For each image the first one that it is all but the same as, itself where there is none.

    Images are taken in their order: one that is near to an earlier one that was not is laid to that, so that no two
    of those that stay are near each other, and each other one is near to one that stays.

    Args:
        items: The images, uint8 (N, H, W, C).
        on_progress: Called with images done and in all; each is looked at three times, and done after the last.

    Returns:
        Numbers of images, each at most its own place, int64 (N,).
    """

    def tell(times: int, images: int) -> None:
        on_progress((times * len(items) + images) // 3, len(items))

    first, unique = _equal(items, lambda images: tell(0, images))
    points = _Points(items, unique, lambda images: tell(1, images))
    kept = _Kept(points)
    for start in range(0, len(unique), _BLOCK):
        block = np.arange(start, min(start + _BLOCK, len(unique)))
        found = kept.take(block)
        first[unique[block]] = unique[found]
        tell(2, int(unique[block[-1]]) + 1)
    on_progress(len(items), len(items))
    # What equals one that is laid to another is laid to that too.
    return first[first]


def _equal(items: Items, tell: Callable[[int], None]) -> tuple[Numbers, Numbers]:
    """For each image the first one that equals it, and the images that equal no earlier one."""
    seen: dict[bytes, int] = {}
    first = np.empty(len(items), np.int64)
    for number, item in enumerate(items):
        first[number] = seen.setdefault(hashlib.blake2b(item.tobytes(), digest_size=16).digest(), number)
        if number % _BLOCK == 0:
            tell(number)
    return first, np.flatnonzero(first == np.arange(len(items))).astype(np.int64, copy=False)


class _Points:
    """Different images as points, and what bounds their distances: their places along a few directions.

    A distance along orthonormal directions is never larger than the whole one.

    Attributes:
        places: Place of each image along the directions, float32 (U, K).
        reach: How far from each another one may be, float64 (U,).
        slack: What rounding may add to a product of two places.
    """

    def __init__(self, items: Items, unique: Numbers, tell: Callable[[int], None]) -> None:
        self._items, self._unique = items, unique
        spread = unique[np.linspace(0, len(unique) - 1, min(_SAMPLE, len(unique))).round().astype(np.int64)]
        sample = self._features(spread)
        mean = sample.mean(0)
        directions = np.linalg.svd(sample - mean, full_matrices=False)[2][:_DIRECTIONS].T
        self.places = np.empty((len(unique), directions.shape[1]), np.float32)
        self.reach = np.empty(len(unique))
        side = float(np.sqrt(sample.shape[1]))
        for start in range(0, len(unique), _BLOCK):
            numbers = unique[start : start + _BLOCK]
            features = self._features(numbers)
            self.places[start : start + _BLOCK] = (features - mean) @ directions
            near = np.minimum(_NEAR, _OF_CONTRAST * features.std(1))
            self.reach[start : start + _BLOCK] = near * side
            tell(int(numbers[-1]) + 1)
        self.slack = 1e-5 * float(np.square(self.places, dtype=np.float64).sum(1).max(initial=0.0)) + 1e-6

    def _features(self, numbers: Numbers) -> npt.NDArray[np.float64]:
        parts = [shrink(x, _SIDE).flatten(1) for x in batches(self._items[numbers], _BLOCK, lambda *_: None)]
        found: npt.NDArray[np.float64] = torch.cat(parts).double().numpy()
        return found

    def near(self, some: Numbers, others: Numbers) -> npt.NDArray[np.bool_]:
        """Which pairs of images (P,) and (P,) are near, bool (P,)."""
        found = np.empty(len(some), np.bool_)
        for start in range(0, len(some), _PAIRS):
            part = slice(start, start + _PAIRS)
            x, y = (self._features(self._unique[each[part]]) for each in (some, others))
            reach = np.minimum(self.reach[some[part]], self.reach[others[part]])
            apart = np.abs(x - y)
            found[part] = (np.square(apart).sum(1) <= np.square(reach)) & (apart.max(1) <= _NEAR_ANYWHERE)
        return found


class _Kept:
    """The images that stay so far."""

    def __init__(self, points: _Points) -> None:
        self._points = points
        self._numbers = np.empty(len(points.places), np.int64)
        self._count = 0

    def take(self, block: Numbers) -> Numbers:
        """For each image of the next block the one that it is near to and that stays, itself where there is none."""
        found = block.copy()
        for some, others in self._candidates(block):
            near = self._points.near(some, others)
            # Of several the first: later ones do not replace it.
            for one, other in zip(some[near].tolist(), others[near].tolist(), strict=True):
                place = one - int(block[0])
                if found[place] == one:
                    found[place] = other
        alone = block[found == block]
        for one, earlier in self._within(alone):
            staying = earlier[found[earlier - block[0]] == earlier]
            if len(staying):
                found[one - block[0]] = staying.min()
        stays = block[found == block]
        self._numbers[self._count : self._count + len(stays)] = stays
        self._count += len(stays)
        return found

    def _candidates(self, block: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
        """Pairs of the block and of those that stay that may be near, by their places alone."""
        for start in range(0, self._count, _CHUNK):
            others = self._numbers[start : min(start + _CHUNK, self._count)]
            rows, columns = np.nonzero(self._may_be_near(block, others))
            yield block[rows], others[columns]

    def _may_be_near(self, some: Numbers, others: Numbers) -> npt.NDArray[np.bool_]:
        # |p - q|^2 <= r^2 where p.q - |q|^2 / 2 >= (|p|^2 - r^2) / 2.
        p, q = self._points.places[some], self._points.places[others]
        products = p @ q.T - 0.5 * np.square(q).sum(1)
        least = 0.5 * (np.square(p, dtype=np.float64).sum(1) - np.square(self._points.reach[some]))
        found: npt.NDArray[np.bool_] = products >= (least - self._points.slack).astype(np.float32)[:, None]
        return found

    def _within(self, block: Numbers) -> Iterator[tuple[int, Numbers]]:
        """Images of a block with those before them in it that they are near to, in their order."""
        rows, columns = np.nonzero(np.tril(self._may_be_near(block, block), -1))
        near = self._points.near(block[rows], block[columns])
        rows, columns = rows[near], columns[near]
        for row in np.unique(rows).tolist():
            yield int(block[row]), block[columns[rows == row]]
