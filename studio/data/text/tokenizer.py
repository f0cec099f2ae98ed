"""Between texts and the numbers of their tokens: byte-level pair encoding, by the library ``tokenizers``.

Every byte has a token of its own, so that any text can be written, in any script; pairs that occur often have one of
their own (Sennrich et al. 2016, arXiv:1508.07909; over bytes: Radford et al. 2019, section 2.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from studio.core.errors import ModelError
from studio.core.modality import TextSpec
from studio.core.modality.text import BYTES

__all__ = ["TextTokenizer", "learn_tokenizer"]


class TextTokenizer:
    """A tokenizer and the layout of items.

    Args:
        spec: What the texts have in common.

    Raises:
        ModelError: If the tokenizer is none.
    """

    def __init__(self, spec: TextSpec) -> None:
        self._length, self._end = spec.shape[0], spec.end
        try:
            self._tokenizer = Tokenizer.from_str(spec.tokenizer)
        except Exception as error:
            raise ModelError(
                f"The tokenizer cannot be used: {error}; import the data or export the model again."
            ) from None

    def tokens(self, text: str) -> list[int]:
        """Numbers of the tokens of a text, as many as there are."""
        return self.tokens_of([text])[0]

    def tokens_of(self, texts: Sequence[str]) -> list[list[int]]:
        """Numbers of the tokens of each of some texts."""
        # Fast, for it does not say where in a text each token stands.
        return [each.ids for each in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    def text(self, item: npt.NDArray[np.integer] | Sequence[int]) -> str:
        """The text of an item (L,), up to its end; bytes that are no whole character are shown as U+FFFD."""
        return self.texts(np.asarray(item)[None])[0]

    def texts(self, items: npt.NDArray[np.integer]) -> list[str]:
        """The texts of items (N, L)."""
        rows = []
        for row in np.asarray(items):
            ended = np.flatnonzero((row >= self._end) | (row < 0))
            rows.append(row[: ended[0]].tolist() if len(ended) else row.tolist())
        found: list[str] = self._tokenizer.decode_batch(rows, skip_special_tokens=False)
        return found


def learn_tokenizer(texts: Iterable[str], vocabulary: int) -> str:
    """Learn a tokenizer, as JSON.

    Args:
        texts: What it is learned on.
        vocabulary: Number of tokens, at least ``BYTES``; fewer where the texts hold fewer pairs.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False
    )
    tokenizer.train_from_iterator(texts if vocabulary > BYTES else (), trainer)
    document: Any = tokenizer.to_str()
    return str(document)
