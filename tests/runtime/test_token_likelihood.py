"""How likely each token of a text was, by a file whose tokens depend on the one before alone."""

import numpy as np
import pytest

from studio.core.errors import ModelError
from studio.core.token_likelihood import TokenQuestion
from studio.runtime.model import OnnxModel
from studio.runtime.token_likelihood import token_likelihoods
from tests.toy_texts import TEXTS, stored


def test_each_token_has_its_probability_and_those_that_were_likelier(bigrams):
    path, probability = bigrams
    tokens = stored("so it")[0]
    found = token_likelihoods(OnnxModel(path, "cpu", threads=1), TokenQuestion(tokens=tuple(tokens.tolist())))
    assert len(found) == len(tokens)
    before = [0, *tokens[:-1]]
    for token, last, each in zip(tokens, before, found, strict=True):
        assert each.probability == pytest.approx(probability[last, token], rel=1e-4)
        order = np.argsort(-probability[last])[:5]
        assert [number for number, _ in each.likeliest] == order.tolist()
        assert [share for _, share in each.likeliest] == pytest.approx(probability[last, order], rel=1e-4)


def test_the_service_answers_the_same(bigrams, client):
    path, _ = bigrams
    question = TokenQuestion(tokens=tuple(stored("so")[0].tolist()))
    assert client.score_tokens(path, question, "cpu") == token_likelihoods(OnnxModel(path, "cpu", threads=1), question)


def test_what_a_file_cannot_tell_is_said(bigrams, model_path, client):
    path, _ = bigrams
    with pytest.raises(ModelError, match="does not say how likely each token is"):
        client.score_tokens(model_path, TokenQuestion(tokens=(1,)))
    with pytest.raises(ModelError, match=f"has 2 places; this model takes .{TEXTS.shape[0]}."):
        client.score_tokens(path, TokenQuestion(tokens=(1, 2)))
