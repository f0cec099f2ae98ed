import pytest
import torch

from studio.core.errors import SettingsError, StudioError
from studio.store.run import read_status
from studio.store.workspace import Workspace
from studio.testing import Trial, toy_dataset
from studio.train.memory import MemoryProbe, probe_sizes
from studio_vae.plugin import plugin

GB = 2**30


class Known(MemoryProbe):
    """A probe of a machine whose numbers are known: 1 GB after the first update, 10 MB an item, 4 GB in all."""

    def __init__(self, limit=4 * GB):
        super().__init__(torch.device("cpu"))
        self.limit, self.items = limit, 0

    def begin(self):
        pass

    def _peak(self):
        return GB + self.items * 10 * 2**20

    def _limit(self):
        return self.limit

    def take(self, items):
        self.begin()
        self.items = items
        return self.end(items)


def test_the_sizes_grow_and_stay_below_the_batch():
    assert probe_sizes(1) == []
    assert probe_sizes(3) == []
    assert probe_sizes(4) == [2, 3]
    assert probe_sizes(16) == [2, 8]
    assert probe_sizes(64) == [2, 8, 32]
    assert probe_sizes(65536) == [2, 8, 32, 128, 512, 2048, 8192, 32768]


def test_what_the_first_update_makes_is_not_counted_for_each_item():
    probe = Known()
    assert not probe.take(2)
    probe.check(10**9)
    assert not probe.take(8)
    assert probe.take(32)
    with pytest.raises(SettingsError):
        probe.check(10**9)


def test_what_fits_passes_and_what_does_not_is_said_with_what_would():
    probe = Known()
    probe.take(2)
    probe.take(16)
    probe.check(300)
    with pytest.raises(SettingsError, match=r"320 items needs about 4\.1 GB.*4\.0 GB are free.*at most 256") as caught:
        probe.check(320)
    assert "256" in caught.value.fields["train.batch_size"]


def test_a_network_that_is_too_large_for_one_item_is_told_so():
    probe = Known(limit=GB)
    probe.take(2)
    probe.take(16)
    with pytest.raises(SettingsError, match="choose a smaller network"):
        probe.check(32)


def test_a_real_step_is_seen():
    probe = MemoryProbe(torch.device("cpu"))
    if not probe.possible:
        pytest.skip("this system does not tell the peak of a process")
    probe.begin()
    assert not probe.end(1)
    probe.begin()
    held = torch.ones(40 * 2**20)
    assert probe.end(2)
    assert float(held[0]) == 1.0


@pytest.mark.fault("B5")
def test_a_run_that_cannot_fit_ends_before_its_first_step(tmp_path, monkeypatch, uncaptured):
    if not MemoryProbe(torch.device("cpu")).possible:
        pytest.skip("this system does not tell the peak of a process")
    monkeypatch.setattr(MemoryProbe, "_growth", lambda self: 100 * 2**20 if len(self._peaks) > 1 else 0)
    monkeypatch.setattr(MemoryProbe, "_limit", lambda self: 1)
    workspace = Workspace(tmp_path)
    trial = Trial(plugin, workspace, toy_dataset(workspace), {"channels": 8}, {"steps": 4})
    with pytest.raises(StudioError, match=r"A step on 16 items needs about .* choose a smaller network"):
        trial.train()
    assert read_status(trial.folder).step == 0


@pytest.mark.fault("B19")
def test_a_stop_in_the_probe_of_a_later_phase_loses_nothing(tmp_path, monkeypatch, uncaptured):
    """It comes with the first trial step after the first phase; the run goes on from there to the same bits."""
    from studio.train.trainer import Trainer

    warm_up, settings = Trainer.warming_up, {"mode": "sampler", "channels": 8, "prior_dim": 16, "prior_depth": 1}

    def stop(self, step):
        if step:
            monkeypatch.setattr(Trainer, "warming_up", warm_up)
            self.ask_to_stop()
        warm_up(self, step)

    def trial(name):
        workspace = Workspace(tmp_path / name)
        return Trial(plugin, workspace, toy_dataset(workspace), settings, {"steps": 8, "threads": 1})

    whole, stopped = trial("whole"), trial("stopped")
    whole.train()
    monkeypatch.setattr(Trainer, "warming_up", stop)
    status = stopped.train()
    assert status.state == "stopped"
    assert 0 < status.step < 8
    assert stopped.train().state == "finished"
    first, second = whole.checkpoint().tensors, stopped.checkpoint().tensors
    assert all(torch.equal(value, second["modules"][key]) for key, value in first["modules"].items())


def test_the_probe_leaves_no_trace(tmp_path, monkeypatch, uncaptured):
    """With and without the probe, the same bits."""
    weights = []
    for possible in (True, False):
        monkeypatch.setattr("studio.train.session.probe_sizes", probe_sizes if possible else lambda batch_size: [])
        workspace = Workspace(tmp_path / str(possible))
        trial = Trial(plugin, workspace, toy_dataset(workspace), {"channels": 8}, {"steps": 4})
        assert trial.train().state == "finished"
        weights.append(trial.checkpoint())
    first, second = weights
    assert all(torch.equal(value, second.tensors["modules"][key]) for key, value in first.tensors["modules"].items())
    assert all(torch.equal(value, second.tensors["random"][key]) for key, value in first.tensors["random"].items())
