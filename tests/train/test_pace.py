"""The speed of a run in minutes: measured by a warm-up, then by its steps, and the length that ends in time."""

import pytest

from studio.train.pace import Pace, WarmUp, planned_sentence


def test_the_warm_up_takes_little_of_what_it_measures():
    slow = WarmUp(60.0)
    assert not slow.measured(0.0, 0)
    assert slow.measured(5.0, 1)
    assert slow.step_s == 5.0
    quick, index = WarmUp(600.0), 0
    while not quick.measured(0.01 * index, index):
        index += 1
    assert quick.step_s == pytest.approx(0.01)
    assert 0.01 * index <= 0.03 * 600


def test_a_plan_stands_while_it_ends_in_time():
    pace = Pace(100.0, 1.0)
    assert pace.length(step=0, planned=90, used_s=0.0, beside_s=10.0) is None
    assert pace.length(step=0, planned=92, used_s=0.0, beside_s=10.0) is None
    for _ in range(10):
        pace.step_done(2.0)
    assert pace.length(step=10, planned=90, used_s=20.0, beside_s=10.0) == 45
    assert pace.length(step=44, planned=90, used_s=100.0, beside_s=10.0) == 45


def test_the_first_two_steps_are_not_measured():
    warm, elapsed = WarmUp(600.0), 0.0
    for index in range(100):
        if warm.measured(elapsed, index):
            break
        elapsed += 10.0 if index < 2 else 0.5
        if index == 1:
            # Slow enough to be hurried, were they not within three hundredths of the budget.
            elapsed = 17.0
    assert warm.step_s == pytest.approx(0.5)


def test_the_speed_is_a_mean_over_the_last_steps():
    pace = Pace(100.0, 1.0)
    assert pace.step_s == 1.0
    pace.step_done(3.0)
    assert pace.step_s == 3.0
    for _ in range(20):
        pace.step_done(0.5)
    # The window of 100 s is 4 s.
    assert pace.step_s == 0.5


def test_after_a_change_it_is_measured_anew():
    pace = Pace(100.0, 1.0)
    pace.step_done(3.0)
    pace.forget()
    assert pace.step_s == 3.0
    pace.step_done(1.0)
    assert pace.step_s == 1.0


def test_what_a_few_steps_tell_is_not_yet_worth_a_plan():
    pace = Pace(100.0)
    assert pace.length(step=0, planned=50, used_s=0.0, beside_s=0.0) is None
    pace.step_done(0.1)
    assert pace.length(step=1, planned=50, used_s=0.1, beside_s=0.0) is None
    for _ in range(10):
        pace.step_done(0.1)
    assert pace.length(step=11, planned=50, used_s=1.0, beside_s=0.0) == 11 + 990


@pytest.mark.parametrize(
    ("minutes", "step_s", "steps", "said"),
    [
        (1.0, 0.5, 120, "1 minute at 2 steps a second make about 120 steps."),
        (10.0, 0.01, 60_000, "10 minutes at 100 steps a second make about 60,000 steps."),
        (0.5, 13.0, 2, "0.5 minutes at 0.077 steps a second make about 2 steps."),
    ],
)
def test_a_plan_in_words(minutes, step_s, steps, said):
    assert planned_sentence(minutes, step_s, steps) == said
