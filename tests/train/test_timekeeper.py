"""The threads that were chosen are kept for a resumed run (W2)."""

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
