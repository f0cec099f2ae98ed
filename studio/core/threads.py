"""Chooses how many threads to compute with: as many as other programs leave cores free, or half of them.

Threads that have no core of their own wait for one another at every operation: two trainings of two threads on two
cores reach a fraction of the speed of two of one thread each (``tests/benchmarks/threads.py``).
"""

from __future__ import annotations

import os
import time

import psutil

__all__ = ["CoreWatch", "ThreadChoice"]

# What a look of less time finds is noise: the system counts in hundredths of a second.
_SHORTEST_S = 0.2
# Other programs count from so many busy cores on: a window that paints does not.
_BUSY = 0.5


class CoreWatch:
    """Measures how many of this process's cores other programs keep busy."""

    def __init__(self) -> None:
        affinity = getattr(psutil.Process(), "cpu_affinity", None)
        self._cores: list[int] = affinity() if affinity is not None else list(range(os.cpu_count() or 1))
        self._last = self._read()

    @property
    def cores(self) -> int:
        """Number of cores that this process may use."""
        return len(self._cores)

    def _read(self) -> tuple[float, float, float]:
        """Clock, seconds that the cores were busy, seconds that this process was."""
        times = psutil.cpu_times(percpu=True)
        # Numbers of cores are no places in this list where some are switched off; then all of them are looked at.
        known = max(self._cores) < len(times)
        busy = 0.0
        for entry in (times[core] for core in self._cores) if known else times:
            found = entry._asdict()
            # A guest's time is in the user's already.
            left_out = ("idle", "iowait", "guest", "guest_nice")
            busy += sum(seconds for name, seconds in found.items() if name not in left_out)
        own = psutil.Process().cpu_times()
        return time.monotonic(), busy, own.user + own.system

    def elapsed(self) -> float:
        """Seconds since the last look."""
        return time.monotonic() - self._last[0]

    def wait(self) -> None:
        """Let enough time pass for the next look to tell something."""
        time.sleep(max(0.0, _SHORTEST_S - self.elapsed()))

    def others(self) -> float:
        """How many cores other programs kept busy since the last look; 0 where that is too short to tell."""
        if self.elapsed() < _SHORTEST_S:
            return 0.0
        before, self._last = self._last, self._read()
        elapsed, busy, own = (now - then for now, then in zip(self._last, before, strict=True))
        # The system counts in hundredths of a second, so that a short look may find more than there are.
        return min(float(self.cores), max(0.0, (busy - own) / elapsed))


class ThreadChoice:
    """How many threads to compute with.

    Args:
        watch: Tells what other programs do.
        most: Number of threads where nothing else is at work.
        fixed: Number of threads that a person set; 0 for none.
        every_s: Seconds from one look to the next.

    Attributes:
        threads: The number at present.
        fixed: As given.
        alone: Whether no look so far has found another program in the way; the first, into the start, does not count.
    """

    def __init__(self, watch: CoreWatch, most: int, fixed: int = 0, every_s: float = 5.0) -> None:
        self._watch = watch
        self._most = most
        self._every_s = every_s
        self.fixed = fixed
        self._others = watch.others()
        self.threads = self._wanted = fixed or self._free()
        self.alone = True

    def _free(self) -> int:
        # A core that is more than half taken is taken.
        taken = int(self._others + 1.0 - _BUSY)
        # At least half of the cores: whoever comes second would find none free, and stay so.
        return min(self._most, max(1, self._watch.cores // 2, self._watch.cores - taken))

    def take_up(self, threads: int) -> None:
        """Go on with the number of an earlier segment, as far as there are so many."""
        self.threads = self._wanted = min(self._most, threads)

    def begin_anew(self) -> None:
        """Forget the time since the last look: nothing was computed in it."""
        self._watch.others()

    def look(self) -> bool:
        """Look again where it is time; whether the number has changed. It does after two looks of the same mind."""
        if self._watch.elapsed() < self._every_s:
            return False
        self._others = self._watch.others()
        self.alone &= self._others < _BUSY
        before, self._wanted = self._wanted, self.fixed or self._free()
        if self._wanted != before or self._wanted == self.threads:
            return False
        self.threads = self._wanted
        return True

    def sentence(self) -> str:
        """The number in words, and why it is not another one."""
        text = f"Computes with {self.threads} thread{'' if self.threads == 1 else 's'}"
        if self.threads < self._most and not self.fixed:
            return f"{text}, as other programs keep {self._others:.1f} of {self._watch.cores} cores busy."
        return f"{text}."
