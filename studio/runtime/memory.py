"""Says how much memory a stranger's file may take, and tells when it wants more."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path

from studio.core.errors import ModelError
from studio.core.words import readable_size

__all__ = ["MemoryShortError", "is_memory", "loading_bytes", "running_bytes"]

# Checking and loading takes some times the file's size; each thread has a stack.
_LOADING_TIMES, _LOADING_BYTES, _THREAD_BYTES = 8, 2**30, 16 * 2**20
_RUNNING_GB = 4.0
_MEMORY_VARIABLE = "STUDIO_SAMPLER_MEMORY"


class MemoryShortError(ModelError):
    """A file wants more memory than it may have.

    Args:
        name: Name of the file.
        limit: What it may have, in bytes.
    """

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(
            f"{name} wants more than the {readable_size(limit)} of memory that a model may have, or than is free here; "
            f"close other programs, or where you trust it allow more by {_MEMORY_VARIABLE}=GB in the environment."
        )


def is_memory(error: Exception) -> bool:
    """Whether a runtime means by an error that an allocation failed."""
    return isinstance(error, MemoryError) or bool(re.search(r"bad.alloc|allocate memory|bfc_arena", str(error)))


def loading_bytes(path: Path) -> int:
    """What checking and loading a file may take; also the runtime's threads, which begin with it."""
    size = path.stat().st_size if path.is_file() else 0
    return max(_LOADING_BYTES + _LOADING_TIMES * size + _THREAD_BYTES * (os.cpu_count() or 1), running_bytes() // 4)


def running_bytes() -> int:
    """What a run may take on top of what is loaded."""
    try:
        gigabytes = float(os.environ.get(_MEMORY_VARIABLE, _RUNNING_GB))
    except ValueError:
        gigabytes = math.nan
    if not 0 < gigabytes < 2**20:
        raise ModelError(f"{_MEMORY_VARIABLE} must be a number of gigabytes, such as 8.")
    return int(gigabytes * 2**30)
