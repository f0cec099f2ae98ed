"""Draws previews: samples of the present weights from fixed noise, as an array in the run's folder."""

from __future__ import annotations

import io
import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from studio.core.errors import PluginError
from studio.data.dataset import Dataset
from studio.hooks.loader import LoadedFamily
from studio.nn.sampler import Sampler, draw_inputs, run_program
from studio.store.atomic import write_bytes
from studio.store.inside import check_folder
from studio.train.answer import sampler_of
from studio.train.plane import Paths, PlaneDrawing, has_paths
from studio.train.trained import TrainedModel

__all__ = ["PreviewDrawing", "draw_preview", "preview_labels"]

# How many times longer the previews take than what lies behind them.
_PLANE = 2.0


class PreviewDrawing:
    """Draws the previews of a run and, of points in the plane, what lies behind them.

    Args:
        run: The run's folder.
        seed: Seed of the noise, the same for every preview of a run.
        count: Number of samples in a preview.
    """

    def __init__(self, run: Path, seed: int, count: int) -> None:
        self._seed, self._count = seed, count
        self._sources: npt.NDArray[Any] | None = None
        self._plane = PlaneDrawing(run, seed)
        self._seconds = 0.0

    def take_sources(self, dataset: Dataset) -> None:
        """Take what the samples are made from, the same in every preview of a run."""
        self._sources = dataset.preview_sources(self._count)

    def draw(self, family: LoadedFamily, trained: TrainedModel, path: Path, step: int) -> None:
        """Draw a preview; what lies behind it is left out where that has taken long beside the previews.

        Args:
            family: The family.
            trained: The weights to draw with.
            path: The .npy to write.
            step: Steps done.

        Raises:
            PluginError: If a hook fails, or the sampler draws something else than items.
            ForeignEntryError: If a folder of the run is a link.
            OSError: If it cannot be written.
        """
        begun = time.perf_counter()
        sampler = sampler_of(family, trained)
        paths = Paths(sampler) if has_paths(sampler, trained.spec) else None
        draw_preview(sampler, trained, path, self._seed, self._count, paths, self._sources)
        self._seconds += time.perf_counter() - begun
        if _PLANE * self._plane.seconds <= self._seconds:
            self._plane.draw(family, trained, sampler, step, paths)


def preview_labels(count: int, num_classes: int) -> list[int] | None:
    """Every class in turn; None for a model without classes."""
    return list(itertools.islice(itertools.cycle(range(num_classes)), count)) if num_classes else None


def draw_preview(
    sampler: Sampler,
    trained: TrainedModel,
    path: Path,
    seed: int,
    count: int,
    watch: Callable[[tuple[Tensor, ...]], None] | None = None,
    sources: npt.NDArray[Any] | None = None,
) -> None:
    """Draw samples 0 to count - 1 of a seed and write them as an array (count, ...), which viewers paint.

    Args:
        sampler: What ``studio_sample`` gave.
        trained: The weights that it draws with.
        path: The .npy to write.
        seed: Seed of the noise, the same for every preview of a run.
        count: Number of samples.
        watch: Told of its loops, see ``run_program``.
        sources: What the samples are made from, (count, S); None where items have no source.

    Raises:
        PluginError: If the sampler draws something else than items.
        ForeignEntryError: If the folder of the previews is a link.
    """
    labels = preview_labels(count, len(trained.classes))
    made_from = torch.from_numpy(sources) if sources is not None else None
    inputs = draw_inputs(sampler.inputs, seed, range(count), labels, sources=made_from)
    _, items = run_program(sampler, [tensor.to(trained.device) for tensor in inputs], watch)
    spec, drawn = trained.spec, items.cpu().numpy()
    if drawn.dtype != np.dtype(spec.dtype) or drawn.shape[1:] != spec.shape:
        raise PluginError(
            f"studio_sample draws {drawn.dtype} {drawn.shape}, and as many items of the data set are {spec.dtype} "
            f"{(count, *spec.shape)}."
        )
    buffer = io.BytesIO()
    np.save(buffer, drawn, allow_pickle=False)
    # Each time: what was a folder when the run began may have become a link.
    check_folder(path.parent.parent)
    check_folder(path.parent)
    path.parent.mkdir(exist_ok=True)
    write_bytes(path, buffer.getvalue())
