"""Texts as symbols: the numbers of their tokens, and one for the end."""

import numpy as np
import pytest
import torch

from studio.core.errors import SettingsError
from studio.core.modality import TextSpec
from studio.core.spec import Continuous, Tokens
from studio.data.text.tokenizer import TextTokenizer, learn_tokenizer
from studio.nn import TextCodec, make_codec, until_end


@pytest.fixture(scope="module")
def spec():
    return TextSpec(shape=(12,), tokenizer=learn_tokenizer(["sun sea sun"] * 9, 260))


@pytest.fixture(scope="module")
def codec(spec):
    return make_codec(spec, Tokens())


def test_items_come_back(spec, codec):
    assert isinstance(codec, TextCodec)
    assert (codec.shape, codec.vocab_size, codec.end) == ((12,), spec.end + 1, spec.end)
    items = torch.from_numpy(spec.examples(20, 0))
    view = codec.encode(items)
    assert view.dtype == torch.int64
    assert torch.equal(codec.settle(codec.decode(view)), items)


def test_nothing_stands_behind_the_end(codec):
    end = codec.end
    symbols = torch.tensor([[5, end, 7, end], [1, 2, 3, 4]])
    assert codec.settle(symbols).tolist() == [[5, end, end, end], [1, 2, 3, 4]]
    assert until_end(symbols, end).tolist() == [[True, True, False, False], [True] * 4]


def test_bytes_of_a_text_are_counted_up_to_its_end(spec, codec):
    tokens = TextTokenizer(spec).tokens("sea ä")
    row = torch.full((1, 12), spec.end)
    row[0, : len(tokens)] = torch.tensor(tokens)
    row[0, len(tokens) + 2] = 3
    assert codec.bytes_of(row).tolist() == [6.0]


def test_what_is_known_of_a_token_is_the_token(codec):
    given = torch.tensor([[3, -1, codec.end]])
    assert codec.encode_known(given).tolist() == [[[3], [-1], [codec.end]]]
    assert codec.patterns[codec.end].tolist() == [codec.end]


def test_there_is_no_other_view(spec):
    with pytest.raises(SettingsError, match="There is no view of text data as continuous"):
        make_codec(spec, Continuous())


def test_words_of_the_protocol(spec, codec):
    assert codec.likelihood_protocol == f"probability of a text and its end, in tokens of {spec.end:,}"
    assert np.isclose(float(codec.log_det(torch.zeros(2, 12, dtype=torch.int16)).sum()), 0.0)
