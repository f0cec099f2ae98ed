"""Draws previews: samples of the present weights from fixed noise, as an array in the run's folder."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import numpy as np

from studio.core.errors import PluginError
from studio.hooks.loader import LoadedFamily
from studio.nn.sampler import draw_inputs, run_program
from studio.store.atomic import write_bytes
from studio.store.inside import check_folder
from studio.train.answer import sampler_of
from studio.train.trained import TrainedModel

__all__ = ["draw_preview", "preview_labels"]


def preview_labels(count: int, num_classes: int) -> list[int] | None:
    """Every class in turn; None for a model without classes."""
    return list(itertools.islice(itertools.cycle(range(num_classes)), count)) if num_classes else None


def draw_preview(family: LoadedFamily, trained: TrainedModel, path: Path, seed: int, count: int) -> None:
    """Draw samples 0 to count - 1 of a seed and write them as an array (count, ...), which viewers paint.

    Args:
        family: The family.
        trained: The weights to draw with.
        path: The .npy to write.
        seed: Seed of the noise, the same for every preview of a run.
        count: Number of samples.

    Raises:
        PluginError: If the sampler is none, or draws something else than items.
        ForeignEntryError: If the folder of the previews is a link.
    """
    sampler = sampler_of(family, trained)
    inputs = draw_inputs(sampler.inputs, seed, range(count), preview_labels(count, len(trained.classes)))
    _, items = run_program(sampler, [tensor.to(trained.device) for tensor in inputs])
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
