"""The threads that were chosen are kept for a resumed run (W2)."""

import pytest
import torch

from studio.store.run import read_status


def test_threads_are_recorded_and_taken_up_again(scripted, plain_loop, monkeypatch, machine):
    """A run that began with one thread goes on with one, whatever is free by then."""
    before = torch.get_num_threads()
    try:
        busy = machine(2, 2.0)
        trial = scripted(plain_loop, steps=20, threads=0, checkpoint_every=5)
        torch.set_num_threads(2)
        monkeypatch.setattr("studio.train.trainer.CoreWatch", lambda: busy)
        trial.train(kill_at=10)
        assert trial.trainer().record_of_plans.threads == {0: 1}
        torch.set_num_threads(2)
        monkeypatch.setattr("studio.train.trainer.CoreWatch", lambda: machine(2, 0.0))
        trial.train()
        assert read_status(trial.folder).threads == 1
        assert trial.checkpoint().document["threads"] == 1
    finally:
        torch.set_num_threads(before)


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
    import json

    from studio.train.record import PlanRecord

    (tmp_path / "plans.json").write_text(json.dumps({"format": 1, **document}))
    record = PlanRecord(tmp_path)
    assert record.plans == []
    assert record.threads == {}
