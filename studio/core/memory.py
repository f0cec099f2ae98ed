"""Keeps a process within a share of the machine's memory: its allocations fail before the machine does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["available_memory", "limit_memory", "memory_limit", "memory_of_process"]

_CGROUP = Path("/sys/fs/cgroup")
_STATUS, _MEMINFO = Path("/proc/self/status"), Path("/proc/meminfo")


def _kilobytes(path: Path, name: str) -> int:
    """A line such as ``VmData:  1234 kB`` in bytes."""
    for line in path.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"{path} has no {name}")


def memory_of_process(name: str) -> int:
    """Bytes of this process by the system's name for them, such as ``VmRSS``, ``VmHWM`` or ``VmData``; Linux only."""
    return _kilobytes(_STATUS, name)


def available_memory() -> int:
    """Bytes that the machine, or the container this process is in, has left; Linux only."""
    free = _kilobytes(_MEMINFO, "MemAvailable")
    try:
        most, taken = ((_CGROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
    except OSError:
        return free
    return free if most == "max" else max(0, min(free, int(most) - int(taken)))


def limit_memory(more_bytes: int) -> None:
    """Let this process take so many bytes more than it has, until it ends; Linux only, elsewhere nothing is limited."""
    if sys.platform != "linux":
        return
    import resource

    limit = memory_of_process("VmData") + more_bytes
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    known = [each for each in (soft, hard, limit) if each != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(known), hard))


@contextmanager
def memory_limit(more_bytes: int) -> Iterator[None]:
    """Let this process take so many bytes more than it has while the block runs; Linux only."""
    if sys.platform != "linux":
        yield
        return
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)
    limit_memory(more_bytes)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)
