"""What can be known of the machine's devices without importing torch or onnxruntime."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from studio.core.errors import SettingsError

__all__ = ["count_cpu_cores", "count_nvidia_gpus", "resolve_device"]


def count_cpu_cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def count_nvidia_gpus() -> int:
    """Count the NVIDIA GPUs that the driver shows."""
    listed = Path("/proc/driver/nvidia/gpus")
    if listed.is_dir():
        return len(list(listed.iterdir()))
    program = shutil.which("nvidia-smi")
    if program is None:
        return 0
    try:
        done = subprocess.run([program, "-L"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return sum(line.startswith("GPU ") for line in done.stdout.splitlines())


def resolve_device(wanted: str) -> str:
    """The device a new run is queued for, written in one way only, so that each device has one queue.

    Args:
        wanted: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``; whether there is such a GPU is torch's to say.

    Raises:
        SettingsError: If it is another word.
    """
    if wanted == "auto":
        return "cuda:0" if count_nvidia_gpus() else "cpu"
    found = re.fullmatch(r"cpu|cuda(?::(\d{1,3}))?", wanted, re.ASCII)
    if found is None:
        raise SettingsError(f"'{wanted}' is not a device; use cpu, cuda:0 or auto.")
    return "cpu" if wanted == "cpu" else f"cuda:{int(found[1] or 0)}"
