"""Finds the device to train on, says what it is, and what memory a training took."""

from __future__ import annotations

import sys

import torch

from studio.core.errors import SettingsError

__all__ = ["describe_device", "find_device", "peak_memory"]


def find_device(name: str) -> torch.device:
    """The device of a name.

    Raises:
        SettingsError: If there is no such device here; never another one in its place.
    """
    try:
        device = torch.device(name)
    except RuntimeError:
        raise SettingsError(f"'{name}' is not a device; use cpu, cuda:0 or auto.") from None
    if device.type not in ("cpu", "cuda"):
        raise SettingsError(f"The studio trains on cpu and cuda, not on {device.type}.")
    if device.type == "cuda":
        if not torch.cuda.is_available():
            raise SettingsError(f"{name} was asked for, but torch finds no CUDA device; 'studio doctor' says more.")
        if (device.index or 0) >= torch.cuda.device_count():
            raise SettingsError(f"There is no {name}; torch finds {torch.cuda.device_count()} CUDA device(s).")
    return device


def describe_device(device: torch.device) -> str:
    """A device in words."""
    return "cpu" if device.type == "cpu" else f"{device} {torch.cuda.get_device_name(device)}"


def peak_memory() -> str:
    """The process's peak memory as the end of a sentence; empty where the system does not tell it."""
    if sys.platform == "win32":
        return ""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f", at most {peak / (2**20 if sys.platform == 'darwin' else 2**10):.0f} MB of memory"
