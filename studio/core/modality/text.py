"""Texts: what the texts of a data set have in common, their tokenizer first of all."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator, model_validator

from studio.core.modality.spec import DataSpec, ViewKind
from studio.core.noise import noise
from studio.core.words import number_of

__all__ = ["BYTES", "LONGEST_TEXT", "MOST_SYMBOLS", "TextSpec"]

# Tokens of a tokenizer that knows bytes alone.
BYTES = 256
LONGEST_TEXT = 1024
# So that every symbol and the end of a text fit into int16.
MOST_SYMBOLS = 32_000
_LONGEST_TOKENIZER = 2**23
_LANE = 1000


class TextSpec(DataSpec):
    """Texts of at most L - 1 tokens, int16 (L,): the numbers of a text's tokens, and ``end`` from there on.

    Attributes:
        tokenizer: The tokenizer, as the JSON of the library ``tokenizers``: byte-level, so that it can write any text.
        source_length: Places of the source of each text, such as the sentence that it translates, in the same tokens
            and with the same end; 0 where texts have no source.
    """

    views: ClassVar[tuple[ViewKind, ...]] = ("sequence",)
    dtype: ClassVar[Literal["uint8", "int16", "float32"]] = "int16"
    noun: ClassVar[str] = "text"
    together: ClassVar[bool] = False

    modality: Literal["text"] = "text"
    tokenizer: Annotated[str, Field(max_length=_LONGEST_TOKENIZER)]

    source_length: Annotated[int, Field(ge=0, le=LONGEST_TEXT)] = 0

    @field_validator("tokenizer")
    @classmethod
    def _check_tokenizer(cls, text: str) -> str:
        _tokens_of(text)
        return text

    @model_validator(mode="after")
    def _check_shape(self) -> TextSpec:
        if len(self.shape) != 1 or not 2 <= self.shape[0] <= LONGEST_TEXT:
            raise ValueError(f"texts have the shape (L,) with L from 2 to {LONGEST_TEXT}")
        return self

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The tokens by their numbers, a character for each byte (the alphabet of GPT-2's tokenizer)."""
        return _tokens_of(self.tokenizer)

    @property
    def end(self) -> int:
        """Number of the symbol that a text ends with: the one behind those of the tokenizer."""
        return len(self.tokens)

    @property
    def source_shape(self) -> tuple[int, ...]:
        """(S,) of sources; empty where texts have none."""
        return (self.source_length,) if self.source_length else ()

    @property
    def largest(self) -> int:
        """Largest number that an item holds."""
        return self.end

    @property
    def token_bytes(self) -> npt.NDArray[np.int64]:
        """Bytes of UTF-8 that each symbol stands for, (V,); the end stands for none."""
        return np.array([*map(len, self.tokens), 0], np.int64)

    @property
    def size(self) -> str:
        """Length in words, such as ``up to 127 tokens of 2,048``."""
        return f"up to {number_of(self.shape[0] - 1, 'token')} of {len(self.tokens):,}"

    def lengths(self, items: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
        """Tokens before the end of each text, (N,), for texts as stored (N, L)."""
        ended = np.asarray(items) == self.end
        return np.where(ended.any(1), ended.argmax(1), items.shape[1]).astype(np.int64)

    def examples(self, count: int, seed: int) -> npt.NDArray[np.int16]:
        """Texts of any tokens and of any length."""
        return self._any_tokens(self.shape, count, seed, _LANE)

    def example_sources(self, count: int, seed: int) -> npt.NDArray[np.int16]:
        """Sources of any tokens and of any length, (N, S)."""
        return self._any_tokens(self.source_shape, count, seed, _LANE + 2)

    def _any_tokens(self, shape: tuple[int, ...], count: int, seed: int, lane: int) -> npt.NDArray[np.int16]:
        share = noise(seed, range(count), shape, "uniform", lane)
        length = noise(seed, range(count), (1,), "uniform", lane + 1) * shape[0]
        tokens = np.floor(share * self.end)
        return np.where(np.arange(shape[0]) < np.floor(length), tokens, self.end).astype(np.int16)


def _tokens_of(text: str) -> tuple[str, ...]:
    """The tokens of a tokenizer by their numbers.

    Raises:
        ValueError: If it is no tokenizer whose numbers run from 0 to at most ``MOST_SYMBOLS``.
    """
    try:
        vocabulary = json.loads(text)["model"]["vocab"]
    except (ValueError, RecursionError, KeyError, TypeError):
        raise ValueError("the tokenizer is none") from None
    if not isinstance(vocabulary, dict) or not 1 <= len(vocabulary) <= MOST_SYMBOLS:
        raise ValueError(f"a tokenizer has 1 to {MOST_SYMBOLS:,} tokens")
    numbers = list(vocabulary.values())
    if not all(type(number) is int for number in numbers) or sorted(numbers) != list(range(len(numbers))):
        raise ValueError("the tokens of a tokenizer are numbered from 0 on")
    tokens = [""] * len(numbers)
    for token, number in vocabulary.items():
        tokens[number] = token
    return tuple(tokens)
