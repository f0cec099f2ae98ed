"""Finds out before the first step of a training whether the machine has the memory for it."""

from __future__ import annotations

from pathlib import Path

import torch

from studio.core.errors import SettingsError
from studio.core.memory import available_memory, memory_of_process

__all__ = ["MemoryProbe", "probe_sizes"]

_FIRST, _FACTOR = 2, 4
# Smaller growth than this cannot be told from what the allocator rounds up.
_TELLING = 64 * 2**20
_RESET = Path("/proc/self/clear_refs")


def probe_sizes(batch_size: int) -> list[int]:
    """Numbers of items to try before the batch itself, growing; at least two, as one cannot tell what an item takes."""
    sizes = [_FIRST]
    while sizes[-1] * _FACTOR < batch_size:
        sizes.append(sizes[-1] * _FACTOR)
    if len(sizes) == 1:
        sizes.append((_FIRST + batch_size) // 2)
    return sizes if sizes[-1] > _FIRST else []


class MemoryProbe:
    """Measures the peaks of single steps; the first, which also makes the optimizers' state, says nothing by itself.

    Args:
        device: Where the steps are done.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._peaks: list[tuple[int, int]] = []
        self.possible = device.type == "cuda" or _RESET.exists()

    def begin(self) -> None:
        """Before a step: forget the peak so far."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
            torch.cuda.reset_peak_memory_stats(self.device)
        else:
            _RESET.write_text("5")

    def end(self, items: int) -> bool:
        """After a step on some items; returns whether enough is known."""
        self._peaks.append((items, self._peak()))
        return self._growth() > _TELLING

    def _growth(self) -> int:
        """How much higher the last peak is than the one before; 0 for a single one."""
        return self._peaks[-1][1] - self._peaks[-2][1] if len(self._peaks) > 1 else 0

    def _peak(self) -> int:
        if self.device.type == "cuda":
            return torch.cuda.max_memory_allocated(self.device)
        return memory_of_process("VmHWM")

    def _limit(self) -> int:
        """What this process may grow to."""
        if self.device.type == "cuda":
            return torch.cuda.mem_get_info(self.device)[0] + torch.cuda.memory_reserved(self.device)
        return available_memory() + memory_of_process("VmRSS")

    def check(self, batch_size: int) -> None:
        """Compare what a step on the batch would take with what there is.

        Raises:
            SettingsError: If it does not fit; says what would.
        """
        if self._growth() <= _TELLING:
            return
        items, peak = self._peaks[-1]
        for_each = self._growth() / (items - self._peaks[-2][0])
        needed, limit = peak + for_each * (batch_size - items), self._limit()
        if needed <= limit:
            return
        fitting = int(items + (limit - peak) / for_each)
        advice = (
            f"set train.batch_size to at most {_round_down(fitting)}, or choose a smaller network"
            if fitting >= 1
            else "choose a smaller network"
        )
        raise SettingsError(
            f"A step on {batch_size} items needs about {needed / 2**30:.1f} GB of memory, and {limit / 2**30:.1f} GB "
            f"are free here: {advice}.",
            {"train.batch_size": f"At most {max(1, _round_down(fitting))} items fit into memory."},
        )


def _round_down(count: int) -> int:
    """The largest power of two that is not above a count."""
    return 1 << max(0, count.bit_length() - 1)
