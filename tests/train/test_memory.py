import subprocess
import sys

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
    """A probe of a machine whose numbers are known: 1 GB at rest, 10 MB an item, 4 GB in all."""

    def __init__(self, limit=4 * GB):
        super().__init__(torch.device("cpu"))
        self.limit, self.items = limit, 0

    def begin(self):
        self._base = GB

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
    assert probe_sizes(2) == []
    assert probe_sizes(64) == [2, 16]
    assert probe_sizes(65536) == [2, 16, 128, 1024, 8192]


def test_a_peak_too_small_to_tell_asks_for_another():
    probe = Known()
    assert not probe.take(2)
    probe.check(10**9)
    assert probe.take(16)


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
    probe.take(16)
    with pytest.raises(SettingsError, match="choose a smaller network"):
        probe.check(32)


def test_a_real_step_is_seen():
    probe = MemoryProbe(torch.device("cpu"))
    if not probe.possible:
        pytest.skip("this system does not tell the peak of a process")
    probe.begin()
    held = torch.ones(40 * 2**20)
    assert probe.end(1)
    assert float(held[0]) == 1.0


def test_a_run_that_cannot_fit_ends_before_its_first_step(tmp_path, monkeypatch):
    if not MemoryProbe(torch.device("cpu")).possible:
        pytest.skip("this system does not tell the peak of a process")
    monkeypatch.setattr("studio.train.memory._TELLING", 0)
    monkeypatch.setattr(MemoryProbe, "_limit", lambda self: 1)
    workspace = Workspace(tmp_path)
    trial = Trial(plugin, workspace, toy_dataset(workspace), {"channels": 8}, {"steps": 4})
    with pytest.raises(StudioError, match=r"A step on 16 items needs about .* choose a smaller network"):
        trial.train()
    assert read_status(trial.folder).step == 0


def test_the_probe_leaves_no_trace(tmp_path, monkeypatch):
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


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is one of Linux")
def test_what_does_not_fit_is_an_error_rather_than_a_kill():
    code = (
        "import torch; from studio.train.memory import limit_memory; limit_memory(2**28);"
        "a = torch.ones(2**25 // 4); print('fits');"
        "torch.ones(2**29 // 4)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("fits\n", 1), done.stderr
    assert "can't allocate memory" in done.stderr
