"""Draws previews: samples of the present weights from fixed noise, as a PNG in the run's folder."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np

from studio.data.picture import save_grid
from studio.hooks.loader import LoadedFamily
from studio.nn.sampler import Sampler, draw_inputs, run_program
from studio.store.inside import check_folder
from studio.train.trained import TrainedModel

__all__ = ["draw_preview", "preview_labels"]


def preview_labels(count: int, num_classes: int) -> list[int] | None:
    """Every class in turn; None for a model without classes."""
    return list(itertools.islice(itertools.cycle(range(num_classes)), count)) if num_classes else None


def draw_preview(family: LoadedFamily, trained: TrainedModel, path: Path, seed: int, count: int) -> None:
    """Draw samples 0 to count - 1 of a seed and write them as one grid.

    Args:
        family: The family.
        trained: The weights to draw with.
        path: The PNG to write.
        seed: Seed of the noise, the same for every preview of a run.
        count: Number of samples.

    Raises:
        ForeignEntryError: If the folder of the previews is a link.
    """
    sampler: Sampler = family.call("studio_sample", trained=trained)
    inputs = draw_inputs(sampler.inputs, seed, range(count), preview_labels(count, len(trained.classes)))
    _, items = run_program(sampler, [tensor.to(trained.device) for tensor in inputs])
    images = items.cpu().numpy()
    if images.dtype != np.uint8 or images.ndim != 4:
        raise ValueError(f"studio_sample gave {images.dtype} {images.shape}, not uint8 (N, H, W, C)")
    # Each time: what was a folder when the run began may have become a link.
    check_folder(path.parent.parent)
    check_folder(path.parent)
    path.parent.mkdir(exist_ok=True)
    save_grid(path, images)
