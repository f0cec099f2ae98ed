"""Devices by name."""

import pytest

from studio.core.device import count_nvidia_gpus, resolve_device
from studio.core.errors import SettingsError


@pytest.mark.parametrize(("wanted", "device"), [("cpu", "cpu"), ("cuda", "cuda:0"), ("cuda:1", "cuda:1")])
def test_one_name_for_each_device(wanted, device):
    assert resolve_device(wanted) == device


def test_auto_is_the_first_gpu_or_the_cpu():
    assert resolve_device("auto") == ("cuda:0" if count_nvidia_gpus() else "cpu")


@pytest.mark.parametrize("wanted", ["", "gpu", "CPU", "cuda:", "cuda:-1", "cuda:x", "mps", "cpu:0", "cuda:0 "])
def test_what_is_no_device(wanted):
    with pytest.raises(SettingsError) as raised:
        resolve_device(wanted)
    assert str(raised.value) == f"'{wanted}' is not a device; use cpu, cuda:0 or auto."


def test_gpus_are_counted_by_the_drivers_tool(tmp_path, monkeypatch):
    tool = tmp_path / "nvidia-smi"
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    if count_nvidia_gpus():
        pytest.skip("this machine's driver lists its GPUs by itself")
    tool.write_text("#!/bin/sh\necho 'GPU 0: A (UUID: 1)'\necho 'GPU 1: B (UUID: 2)'\necho 'no GPU line'\n")
    tool.chmod(0o755)
    assert count_nvidia_gpus() == 2
    tool.write_text("#!/bin/sh\necho broken >&2\nexit 9\n")
    assert count_nvidia_gpus() == 0
