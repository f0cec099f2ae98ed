"""A tokenizer of bytes, and texts as stored, for tests that need no data set."""

import numpy as np

from studio.core.manifest import Manifest, given_input, noise_input, source_input, temperature_input
from studio.core.modality import TextSpec
from studio.data.text.tokenizer import TextTokenizer, learn_tokenizer

TOKENIZER = learn_tokenizer((), 256)
TEXTS = TextSpec(shape=(24,), tokenizer=TOKENIZER)
PAIRS = TextSpec(shape=(24,), tokenizer=TOKENIZER, source_length=16)


def stored(*texts, spec=TEXTS):
    """Texts as items, int16 (N, L)."""
    rows = np.full((len(texts), spec.shape[0]), spec.end, np.int16)
    for row, tokens in zip(rows, TextTokenizer(spec).tokens_of(texts), strict=True):
        row[: len(tokens)] = tokens
    return rows


def manifest_of(spec, model="m"):
    """What a model of texts says of itself."""
    inputs = [noise_input(spec.shape, distribution="uniform"), temperature_input(), given_input(spec)]
    inputs += [source_input(spec)] if spec.source_shape else []
    return Manifest(inputs=tuple(inputs), model=model, title=model, family="autoregressive", **spec.model_dump())
