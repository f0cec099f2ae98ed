"""Minutes become steps, in words."""

import pytest

from studio.train.budget import Budget


@pytest.mark.parametrize(
    ("step_s", "sentence"),
    [
        (0.005, "10 minutes at 200 steps a second make 109660 steps."),
        (0.2, "10 minutes at 5 steps a second make 2739 steps."),
        (
            13.0,
            "10 minutes at 0.077 steps a second make 38 steps. That is few, most models need hundreds: give it more "
            "minutes, smaller items, a smaller train.batch_size or a GPU.",
        ),
    ],
)
def test_a_length_that_is_too_short_for_the_data_is_said(step_s, sentence):
    budget = Budget(None, 10.0)
    index = 0
    while not budget.measured(index * step_s, index):
        index += 1
    assert budget.sentence() == sentence
