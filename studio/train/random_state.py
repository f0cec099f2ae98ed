"""Captures, restores and forks every random state that a training may draw from."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = ["capture", "fork", "restore", "seed_everything"]


def seed_everything(seed: int) -> None:
    """Seed torch on every device, NumPy and Python."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)


def capture() -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The states, as tensors and as JSON values."""
    numpy_state: Any = np.random.get_state()
    version, internal, gauss = random.getstate()
    tensors = {
        "torch": torch.get_rng_state(),
        "numpy": torch.from_numpy(numpy_state[1].astype(np.int64)),
        "python": torch.tensor(internal, dtype=torch.int64),
    }
    for index in range(torch.cuda.device_count() if torch.cuda.is_initialized() else 0):
        tensors[f"cuda.{index}"] = torch.cuda.get_rng_state(index)
    values = {
        "numpy": [int(numpy_state[2]), int(numpy_state[3]), float(numpy_state[4])],
        "python": [version, gauss],
    }
    return tensors, values


def restore(tensors: dict[str, Tensor], values: dict[str, Any]) -> None:
    """Put captured states back; those of a GPU that is not here are left out."""
    torch.set_rng_state(tensors["torch"].to(torch.uint8))
    position, has_gauss, cached = values["numpy"]
    np.random.set_state(("MT19937", tensors["numpy"].numpy().astype(np.uint32), position, has_gauss, cached))
    version, gauss = values["python"]
    random.setstate((version, tuple(tensors["python"].tolist()), gauss))
    for index in range(torch.cuda.device_count() if torch.cuda.is_initialized() else 0):
        if f"cuda.{index}" in tensors:
            torch.cuda.set_rng_state(tensors[f"cuda.{index}"].to(torch.uint8), index)


@contextmanager
def fork(seed: int) -> Iterator[None]:
    """Draw from states seeded here, and leave no trace: previews and validation change no bit of the training."""
    kept = capture()
    seed_everything(seed)
    try:
        yield
    finally:
        restore(*kept)
