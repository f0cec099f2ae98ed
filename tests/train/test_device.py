"""The device of a name, or why there is none."""

import re
import sys

import pytest
import torch

from studio.core.errors import SettingsError
from studio.train.device import describe_device, find_device, peak_memory


def test_the_processor():
    assert find_device("cpu") == torch.device("cpu")
    assert describe_device(torch.device("cpu")) == "cpu"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gpu", "'gpu' is not a device; use cpu, cuda:0 or auto."),
        ("", "'' is not a device; use cpu, cuda:0 or auto."),
        ("meta", "The studio trains on cpu and cuda, not on meta."),
    ],
)
def test_what_is_no_device(name, said):
    with pytest.raises(SettingsError) as raised:
        find_device(name)
    assert str(raised.value) == said


def test_another_one_is_never_taken_in_its_place(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SettingsError, match="cuda was asked for, but torch finds no CUDA device; 'studio doctor'"):
        find_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert find_device("cuda:0").index == 0
    with pytest.raises(SettingsError, match=r"There is no cuda:1; torch finds 1 CUDA device\(s\)"):
        find_device("cuda:1")


@pytest.mark.skipif(sys.platform == "win32", reason="the system does not tell it")
def test_the_peak_is_that_of_a_process_with_torch():
    (megabytes,) = re.fullmatch(r", at most (\d+) MB of memory", peak_memory()).groups()
    assert 50 < int(megabytes) < 100_000
