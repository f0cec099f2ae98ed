"""What a tile shows of an item: its pixels, or its text."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.modality import DataSpec, TextSpec
from studio.core.request import SampleRequest
from studio.data.text.tokenizer import TextTokenizer

__all__ = ["Tile", "source_of", "texts_of", "tile_of", "tokens_of"]

# Pixels (H, W, C) with C = 1, 3 or 4, or a text.
_BETWEEN = "\u2502"
Tile = npt.NDArray[np.uint8] | str


@lru_cache(maxsize=8)
def _tokenizer(spec: TextSpec) -> TextTokenizer:
    return TextTokenizer(spec)


def texts_of(spec: TextSpec, items: npt.NDArray[Any]) -> list[str]:
    """The texts of items as stored (N, L)."""
    return _tokenizer(spec).texts(items)


def tokens_of(spec: TextSpec, item: npt.NDArray[Any]) -> str:
    """The text of an item as stored (L,), a line between its tokens."""
    return _BETWEEN.join(texts_of(spec, item[item < spec.end][:, None]))


def tile_of(spec: DataSpec | None, item: npt.NDArray[Any]) -> Tile:
    """What is shown of an item as stored that is a tile by itself."""
    return texts_of(spec, item[None])[0] if isinstance(spec, TextSpec) else item


def source_of(spec: DataSpec | None, request: SampleRequest, position: int) -> str:
    """What a sample is translated from; empty where it is from nothing."""
    source = request.sources(slice(position, position + 1))
    if source is None or not isinstance(spec, TextSpec):
        return ""
    return texts_of(spec, np.atleast_2d(source.values))[0]
