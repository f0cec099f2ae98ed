"""The record of plans and threads: what was chosen holds for a resumed run too."""

import json

import pytest

from studio.train.budget import Plan
from studio.train.record import PlanRecord


@pytest.mark.parametrize(
    "document",
    [
        {"plans": [], "threads": {"0": 10**6}},
        {"plans": [], "threads": {"0": 10**30}},
        {"plans": [{"step": 5, "progress": 0.1, "steps": 50}], "threads": {}},
        {"plans": [{"step": 0, "progress": float("1e400"), "steps": 50}], "threads": {}},
    ],
)
def test_an_odd_record_is_not_followed(tmp_path, document):

    (tmp_path / "plans.json").write_text(json.dumps({"format": 1, **document}))
    record = PlanRecord(tmp_path)
    assert record.plans == []
    assert record.threads == {}


def test_round_trip(tmp_path):
    record = PlanRecord(tmp_path)
    assert (record.plans, record.threads, record.message) == ([], {}, "")
    plans = [Plan(0, 0.0, 100), Plan(40, 0.4, 80)]
    record.set_plans(plans)
    record.add_threads(0, 2)
    record.add_threads(30, 1)
    again = PlanRecord(tmp_path)
    assert again.plans == plans
    assert again.threads == {0: 2, 30: 1}


def test_threads_hold_from_their_step_on(tmp_path):
    record = PlanRecord(tmp_path)
    assert record.threads_at(5) is None
    record.add_threads(10, 2)
    record.add_threads(20, 1)
    assert [record.threads_at(step) for step in (9, 10, 19, 20, 99)] == [None, 2, 2, 1, 1]
    assert record.knows_threads_after(19)
    assert not record.knows_threads_after(20)


def test_a_choice_replaces_those_recorded_for_later_steps(tmp_path):
    record = PlanRecord(tmp_path)
    for step, count in ((0, 2), (10, 1), (20, 2), (10, 4)):
        record.add_threads(step, count)
    assert record.threads == {0: 2, 10: 4}


@pytest.mark.parametrize("data", [b"", b"{", b'{"format": 1, "plans": 3}', b'{"format": 9}'])
def test_a_damaged_record_is_said_and_the_run_planned_anew(tmp_path, data):
    (tmp_path / "plans.json").write_bytes(data)
    record = PlanRecord(tmp_path)
    assert record.message == "The record of this run's plans is damaged; it is planned anew from its checkpoint."
    assert (record.plans, record.threads) == ([], {})


def test_plans_are_put_in_order_and_those_of_no_length_left_out(tmp_path):
    plans = [{"step": 9, "progress": 0.5, "steps": 20}, {"step": 0, "progress": 0.0, "steps": 10}]
    plans.append({"step": 12, "progress": 0.6, "steps": 12})
    (tmp_path / "plans.json").write_text(json.dumps({"format": 1, "plans": plans, "threads": {"7": 1, "0": 2}}))
    record = PlanRecord(tmp_path)
    assert [plan.step for plan in record.plans] == [0, 9]
    assert list(record.threads) == [0, 7]


def test_a_full_disk_does_not_end_the_training(tmp_path, monkeypatch, caplog):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("studio.train.record.write_document", full)
    record = PlanRecord(tmp_path)
    record.add_threads(0, 3)
    assert record.threads_at(0) == 3
    assert "the plan could not be written down: the disk is full" in caplog.text
