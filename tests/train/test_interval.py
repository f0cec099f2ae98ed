"""Validations and previews take at most a tenth of the time (W1)."""

from studio.core.settings import TrainSettings
from studio.train.budget import Budget
from studio.train.interval import Intervals


def steps_of(intervals, budget, total, cost_s, step_s):
    """Steps at which a simulated run validates, and what that takes of its time."""
    used, spent, found = 0.0, 0.0, []
    for step in range(total):
        if intervals.validation_due(budget, step, used):
            intervals.validation.took(step, cost_s)
            used, spent = used + cost_s, spent + cost_s
            found.append(step)
        used += step_s
    return found, spent / used


def test_a_run_in_steps_validates_twenty_times_at_steps_of_its_length_alone():
    found, _ = steps_of(Intervals(TrainSettings(steps=400), 2), Budget(400, None), 400, 9.0, 0.1)
    assert found == list(range(20, 400, 20))


def test_a_short_run_validates_less_often():
    """104 steps with 16 batches to validate were 13 validations of five steps' time each."""
    found, _ = steps_of(Intervals(TrainSettings(steps=104), 16), Budget(104, None), 104, 5.0, 1.0)
    assert found == [54]


def test_what_a_person_sets_is_done():
    train = TrainSettings(steps=20, validate_every=2)
    found, _ = steps_of(Intervals(train, 16), Budget(20, None), 20, 9.0, 0.1)
    assert found == list(range(2, 20, 2))


def test_a_run_in_minutes_keeps_within_the_tenth():
    budget = Budget(None, 2.0)
    budget.replan(0, 120)
    for cost_s, fewest, most in ((0.1, 19, 19), (1.0, 6, 11), (4.0, 1, 2), (20.0, 0, 0)):
        intervals = Intervals(TrainSettings(minutes=2.0), 16)
        intervals.expect(3.0 * cost_s / 16)
        found, share = steps_of(intervals, budget, 120, cost_s, 1.0)
        assert share <= 0.1
        assert fewest <= len(found) <= most


def test_previews_of_a_run_in_steps_keep_within_the_tenth():
    intervals, budget, used = Intervals(TrainSettings(steps=100), 1), Budget(100, None), 0.0
    intervals.preview.seconds = 3.0
    drawn = []
    for step in range(100):
        if intervals.preview_due(budget, step, used):
            intervals.preview.took(step, 3.0)
            used += 3.0
            drawn.append(step)
        used += 1.0
    assert drawn
    assert intervals.preview.spent <= 0.1 * used


def test_the_last_preview_is_left_out_where_a_load_at_the_end_has_used_its_time():
    """A load that began with the last steps made a run of a minute end 11 % late, half of it by the preview."""
    intervals, budget = Intervals(TrainSettings(minutes=1.0), 1), Budget(None, 1.0)
    intervals.preview.took(10, 2.0, step_s=0.3)
    assert intervals.last_preview_fits(budget, used_s=59.0, step_s=0.3)
    assert intervals.last_preview_fits(budget, used_s=63.0, step_s=0.3)
    assert not intervals.last_preview_fits(budget, used_s=63.0, step_s=0.9)
    assert not intervals.last_preview_fits(budget, used_s=65.0, step_s=0.3)
    assert intervals.last_preview_fits(Budget(100, None), used_s=65.0, step_s=0.3)


def test_previews_by_the_clock_take_half_of_the_time_at_most():
    for cost_s, fewest, most, left_s in ((0.1, 15, 21, 10.0), (1.0, 4, 6, 25.0)):
        intervals, budget = Intervals(TrainSettings(minutes=1, preview_seconds=0.5), 1), Budget(None, 1)
        used, drawn = 0.0, []
        budget.replan(0, 600)
        for step in range(600):
            if intervals.preview_due(budget, step, used):
                intervals.preview.took(step, cost_s, 0.1)
                used += cost_s
                drawn.append(step)
            used += 0.1
            if used >= 10.0:
                break
        assert drawn[0] == 0
        assert fewest <= len(drawn) <= most
        # They leave the tenth to the validations, and the plan of the steps knows of those to come.
        intervals.validation.seconds = 0.5
        assert intervals.validation_due(budget, 599, used)
        assert left_s <= intervals.seconds_left(budget, 100, 10.0, 0.1) <= left_s + 12.0
