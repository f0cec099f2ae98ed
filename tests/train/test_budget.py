"""Plans in steps, and the progress across them."""

import pytest

from studio.train.budget import DEFAULT_STEPS, Budget, Plan


def test_a_length_in_steps_is_one_plan():
    budget = Budget(200, None)
    assert budget.steps_at(0) == budget.steps_at(199) == 200
    assert [budget.progress(step) for step in (0, 50, 200, 300)] == [0.0, 0.25, 1.0, 1.0]
    assert budget.step_of(0.25, 0) == 50
    assert Budget(None, None).steps_at(0) == DEFAULT_STEPS


def test_minutes_have_no_plan_until_they_are_measured():
    budget = Budget(None, 5.0)
    assert (budget.steps_at(0), budget.progress(3), budget.plan_at(3)) == (0, 0.0, None)


def test_progress_goes_on_where_it_is_when_the_plan_changes():
    budget = Budget(None, 5.0)
    budget.replan(0, 100)
    budget.replan(50, 200)
    assert budget.progress(49) == pytest.approx(0.49)
    assert budget.progress(50) == pytest.approx(0.5)
    assert budget.progress(125) == pytest.approx(0.75)
    assert budget.progress(200) == 1.0
    assert budget.step_of(0.75, 50) == 125
    budget.replan(50, 60)
    assert budget.plans == [Plan(0, 0.0, 100), Plan(50, 0.5, 60)]
    assert budget.replan(70, 10).steps == 71


def test_what_was_recorded_after_the_checkpoint_is_followed():
    first = Budget(None, 5.0)
    first.replan(0, 100)
    document = first.document()
    first.replan(40, 80)
    again = Budget(None, 5.0)
    again.restore(document)
    assert again.progress(50) == 0.5
    again.follow(first.plans)
    assert [again.progress(step) for step in range(81)] == [first.progress(step) for step in range(81)]
    assert again.follows_record(39)
    assert not again.follows_record(40)


def test_a_budget_of_an_older_studio_is_read():
    budget = Budget(None, 10.0)
    budget.restore({"steps": 120, "minutes": 10.0})
    assert budget.plans == [Plan(0, 0.0, 120)]
