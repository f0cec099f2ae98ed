"""The question about tokens and its answer cross the wire as they are."""

import pytest
from pydantic import ValidationError

from studio.core.token_likelihood import TokenLikelihood, TokenQuestion


def test_they_come_back_from_json():
    question = TokenQuestion(tokens=(1, 2, 3), label=1, source=(4,))
    assert TokenQuestion.model_validate_json(question.model_dump_json()) == question
    answer = TokenLikelihood(probability=0.25, likeliest=((7, 0.5), (1, 0.25)))
    assert TokenLikelihood.model_validate_json(answer.model_dump_json()) == answer


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(bad):
    with pytest.raises(ValidationError):
        TokenLikelihood(probability=bad, likeliest=())
