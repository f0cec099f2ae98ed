"""Draws what a model of points does to the plane: its density, a grid of its noise, the ways of its samples."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from studio.core.manifest import Input
from studio.core.modality import TableSpec
from studio.hooks.loader import LoadedFamily
from studio.nn.sampler import Sampler, Transform, draw_inputs, run_program
from studio.store.plane import write_plane
from studio.train.answer import program_of, sampler_of
from studio.train.trained import TrainedModel

__all__ = ["PlaneDrawing", "draw_density", "draw_grid", "draw_paths"]

_SIDE = 48  # points of the density's grid on a side
_DRAWS = 4  # of a bound
_LINES, _ALONG = 11, 31  # lines of the noise's grid each way, and points on each
_REACH = 2.5  # of the outermost lines, in standard deviations
_PATHS = 80


class PlaneDrawing:
    """What a run on points draws beside its previews; nothing for other data.

    Args:
        run: The run's folder.
        seed: Seed of the noise, that of the previews.

    Attributes:
        seconds: How long all of it has taken.
    """

    def __init__(self, run: Path, seed: int) -> None:
        self._run, self._seed = run, seed
        self._failed = False
        self.seconds = 0.0

    def draw(self, family: LoadedFamily, trained: TrainedModel, step: int) -> None:
        """Draw what the family can show; what has failed once is not tried again.

        Args:
            family: The family.
            trained: The weights to draw with.
            step: Steps done.

        Raises:
            PluginError: If a hook fails.
            ForeignEntryError: If a folder of the run is a link.
            OSError: If it cannot be written.
        """
        spec = trained.spec
        if self._failed or not isinstance(spec, TableSpec) or len(spec.columns) != 2 or not spec.knots:
            return
        begun = time.perf_counter()
        try:
            # Written together, for whoever looks between two of them sees one only.
            for kind, values in list(self._drawn(family, trained, spec)):
                write_plane(self._run, step, kind, values.cpu().numpy())
        except Exception:
            self._failed = True
            raise
        finally:
            self.seconds += time.perf_counter() - begun

    def _drawn(self, family: LoadedFamily, trained: TrainedModel, spec: TableSpec) -> Iterator[tuple[str, Tensor]]:
        sampler = sampler_of(family, trained)
        if _plane_noise(sampler) is not None:
            # What makes points of points in one go bends a grid; what does so step by step leads along ways.
            if sampler.stages:
                yield "paths", draw_paths(sampler, self._seed, trained.device)
            else:
                yield "grid", draw_grid(sampler, trained.device)
        if "log_prob" in family.plugin.abilities:
            program = program_of(family, "log_prob", trained)
            if isinstance(program, Transform) and program.likelihood is not None:
                yield program.likelihood.kind, draw_density(program, spec, self._seed, trained.device)


def _plane_noise(sampler: Sampler) -> Input | None:
    """The only noise of a sampler, where that is two normal numbers."""
    noises = [entry for entry in sampler.inputs if entry.kind == "noise"]
    if len(noises) == 1 and math.prod(noises[0].shape) == 2 and noises[0].distribution == "normal":
        return noises[0]
    return None


def draw_grid(sampler: Sampler, device: torch.device) -> Tensor:
    """Where the lines of a square grid of noise go, (lines, points, 2) in the units of the columns.

    Args:
        sampler: A sampler whose only noise is two normal numbers, without loops.
        device: Where its modules are.
    """
    entry = _plane_noise(sampler)
    assert entry is not None
    lines, along = torch.linspace(-_REACH, _REACH, _LINES), torch.linspace(-_REACH, _REACH, _ALONG)
    across = torch.stack(torch.meshgrid(lines, along, indexing="ij"), -1)
    noise = torch.cat([across, across.flip(-1)]).reshape(-1, *entry.shape)
    inputs = draw_inputs(sampler.inputs, 0, range(len(noise)))
    inputs = [noise if each is entry else value for each, value in zip(sampler.inputs, inputs, strict=True)]
    _, items = run_program(sampler, [value.to(device) for value in inputs])
    return items.reshape(2 * _LINES, _ALONG, 2)


def draw_paths(sampler: Sampler, seed: int, device: torch.device) -> Tensor:
    """Where samples 0, 1, ... of a seed are on their way, (samples, steps + 1, 2) in the units of the columns.

    Args:
        sampler: A sampler with loops whose only noise is two normal numbers.
        seed: Seed of the noise.
        device: Where its modules are.
    """
    ways: list[Tensor] = []

    def watch(values: tuple[Tensor, ...]) -> None:
        ways.append(sampler.codec.settle(sampler.codec.decode(sampler.finish(*values))))

    inputs = draw_inputs(sampler.inputs, seed, range(_PATHS))
    run_program(sampler, [value.to(device) for value in inputs], watch)
    return torch.stack(ways, 1)


def draw_density(program: Transform, spec: TableSpec, seed: int, device: torch.device) -> Tensor:
    """Log density in nats, or its bound, over what the spec shows of its two columns, (side, side); see the store.

    Args:
        program: What ``studio_log_prob`` gave.
        spec: Two columns with their knots.
        seed: Seed of the noise of a bound, which is the same at every point.
        device: Where its modules are.
    """
    (left, right), (low, high) = spec.shown(0), spec.shown(1)
    steps = (torch.arange(_SIDE) + 0.5) / _SIDE
    x, y = left + (right - left) * steps, high - (high - low) * steps
    points = torch.stack([x.expand(_SIDE, _SIDE), y[:, None].expand(_SIDE, _SIDE)], -1).reshape(-1, 2)
    given = next(entry.name for entry in program.inputs if entry.kind == "value")
    noisy = any(entry.kind == "noise" for entry in program.inputs)
    drawn = []
    for draw in range(_DRAWS if noisy else 1):
        inputs = draw_inputs(program.inputs, seed, [draw] * len(points), values={given: points.float()})
        drawn.append(run_program(program, [value.to(device) for value in inputs])[1].float())
    values = torch.stack(drawn)
    weights = program.likelihood is not None and program.likelihood.draws == "weights"
    mean = torch.logsumexp(values, 0) - math.log(len(drawn)) if weights else values.mean(0)
    return mean.reshape(_SIDE, _SIDE)
