"""This file holds what can be known of the machine's devices without importing torch or onnxruntime."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

__all__ = ["count_nvidia_gpus", "resolve_device"]


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
    """Turn ``auto`` into the device a new run is queued for; any other word stays as it is."""
    if wanted == "auto":
        return "cuda:0" if count_nvidia_gpus() else "cpu"
    return wanted
