"""Where phases begin and end: shares of a run that may be planned anew."""

import pytest

from studio.train.budget import Budget
from studio.train.phases import Phases


def test_shares_are_ends_and_rounding_loses_no_step():
    phases = Phases(Budget(10, None))
    ends = []
    for name, share in (("a", 1 / 3), ("b", 1 / 3), ("c", 1 / 3)):
        phases.begin(name, share, ends[-1] if ends else 0)
        assert phases.is_last == (name == "c")
        ends.append(phases.ends[name])
    assert ends == [3, 7, 10]
    assert phases.begins == {"a": 0, "b": 3, "c": 7}


def test_a_phase_is_finished_at_its_end():
    phases = Phases(Budget(10, None))
    phases.begin("a", 0.5, 0)
    assert not phases.is_finished("a", 4)
    assert phases.is_finished("a", 5)
    assert not phases.is_finished("b", 9)


def test_a_phase_takes_a_step_at_least():
    phases = Phases(Budget(100, None))
    phases.begin("a", 0.5, 0)
    phases.begin("b", 0.001, 50)
    assert phases.ends["b"] == 51


def test_a_phase_that_is_left_early_ended_there():
    phases = Phases(Budget(100, None))
    phases.begin("a", 0.5, 0)
    phases.begin("b", 0.5, 30)
    assert phases.ends == {"a": 30, "b": 100}
    assert phases.is_finished("a", 30)


def test_an_end_follows_the_plan():
    budget = Budget(None, 1.0)
    budget.replan(0, 100)
    phases = Phases(budget)
    phases.begin("a", 0.5, 0)
    assert phases.ends["a"] == 50
    budget.replan(20, 60)
    assert phases.end(20) == budget.step_of(0.5, 20) == 35


def test_a_last_phase_has_a_step_though_the_minutes_ran_out():
    budget = Budget(None, 1.0)
    budget.replan(0, 100)
    phases = Phases(budget)
    phases.begin("a", 0.5, 0)
    budget.replan(40, 41)
    phases.begin("b", 0.5, 41)
    assert phases.ends["b"] == budget.steps_at(41) == 42


@pytest.mark.parametrize("old", [False, True])
def test_a_resumed_phase_goes_on_to_the_same_end(old):
    phases = Phases(Budget(10, None))
    phases.begin("a", 0.4, 0)
    document = phases.document()
    if old:
        # As an older studio wrote it.
        del document["phase_begins"], document["phase_least"]
    again = Phases(Budget(10, None))
    again.restore(document)
    again.begin("a", 0.4, 2)
    assert (again.current, again.share, again.ends) == ("a", 0.4, {"a": 4})
    again.begin("b", 0.6, 4)
    assert again.ends == {"a": 4, "b": 10}
