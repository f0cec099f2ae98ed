"""Draws what a model of points does to the plane: its density, a grid of its noise, the ways of its samples."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from studio.core.manifest import Input
from studio.core.modality import DataSpec, TableSpec
from studio.hooks.loader import LoadedFamily
from studio.nn.sampler import Program, Sampler, Transform, draw_inputs, run_program
from studio.store.plane import write_plane
from studio.train.answer import program_of
from studio.train.trained import TrainedModel

__all__ = ["Paths", "PlaneDrawing", "draw_density", "draw_grid", "has_paths"]

_SIDE = 32  # points of the density's grid on a side
_DRAWS = 4  # of a bound by importance weights
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

    def draw(
        self, family: LoadedFamily, trained: TrainedModel, sampler: Sampler, step: int, paths: Paths | None = None
    ) -> None:
        """Draw what the family can show; what has failed once is not tried again.

        Args:
            family: The family.
            trained: The weights to draw with.
            sampler: Its sampler.
            step: Steps done.
            paths: The ways of the samples of the preview, where it has any.

        Raises:
            PluginError: If a hook fails.
            ForeignEntryError: If a folder of the run is a link.
            OSError: If it cannot be written.
        """
        if self._failed or not _is_plane(trained.spec):
            return
        begun = time.perf_counter()
        try:
            # Written together, for whoever looks between two of them sees one only.
            for kind, values in list(self._drawn(family, trained, sampler, paths)):
                write_plane(self._run, step, kind, values.cpu().numpy())
        except Exception:
            self._failed = True
            raise
        finally:
            self.seconds += time.perf_counter() - begun

    def _drawn(
        self, family: LoadedFamily, trained: TrainedModel, sampler: Sampler, paths: Paths | None
    ) -> Iterator[tuple[str, Tensor]]:
        # What makes points of points in one go bends a grid; what does so step by step leads along ways.
        if paths is not None:
            yield "paths", paths.drawn
        elif not sampler.stages and _plane_noise(sampler) is not None:
            yield "grid", draw_grid(sampler, trained.device)
        elif "decode" in family.plugin.abilities:
            decoder = program_of(family, "decode", trained)
            if isinstance(decoder, Transform) and not decoder.stages and _plane_noise(decoder) is not None:
                yield "grid", draw_grid(decoder, trained.device)
        if "discriminate" in family.plugin.abilities:
            program = program_of(family, "discriminate", trained)
            if isinstance(program, Transform):
                yield "score", _over_plane(program, trained.spec, self._seed, trained.device, 1).mean(0)
        if "log_prob" in family.plugin.abilities:
            program = program_of(family, "log_prob", trained)
            if isinstance(program, Transform) and program.likelihood is not None:
                yield program.likelihood.kind, draw_density(program, trained.spec, self._seed, trained.device)


def has_paths(sampler: Sampler, spec: DataSpec) -> bool:
    """Whether a sampler leads points of the plane step by step to others."""
    return _is_plane(spec) and bool(sampler.stages) and _plane_noise(sampler) is not None


def _is_plane(spec: DataSpec) -> bool:
    return isinstance(spec, TableSpec) and spec.is_plane


def _plane_noise(program: Program) -> Input | None:
    """The only noise of a sampler where that is two normal numbers, or the latent of a decoder where that is two."""
    found = [entry for entry in program.inputs if entry.kind in ("noise", "value")]
    if len(found) != 1 or math.prod(found[0].shape) != 2:
        return None
    return found[0] if found[0].kind == "value" or found[0].distribution == "normal" else None


def draw_grid(sampler: Program, device: torch.device) -> Tensor:
    """Where the lines of a square grid of noise go, (lines, points, 2) in the units of the columns.

    Args:
        sampler: A sampler whose only noise is two normal numbers, or a decoder of two, without loops.
        device: Where its modules are.
    """
    entry = _plane_noise(sampler)
    assert entry is not None
    lines, along = torch.linspace(-_REACH, _REACH, _LINES), torch.linspace(-_REACH, _REACH, _ALONG)
    across = torch.stack(torch.meshgrid(lines, along, indexing="ij"), -1)
    noise = torch.cat([across, across.flip(-1)]).reshape(-1, *entry.shape)
    inputs = draw_inputs(sampler.inputs, 0, range(len(noise)), values={entry.name: noise})
    inputs = [noise if each is entry else value for each, value in zip(sampler.inputs, inputs, strict=True)]
    _, items = run_program(sampler, [value.to(device) for value in inputs])
    return items.reshape(2 * _LINES, _ALONG, 2)


class Paths:
    """Watches where some samples are on their way while they are drawn, see ``run_program``.

    Args:
        sampler: What draws them, see ``has_paths``.
    """

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler
        self._ways: list[Tensor] = []

    def __call__(self, values: tuple[Tensor, ...]) -> None:
        """Take in where they are now."""
        codec = self._sampler.codec
        self._ways.append(codec.settle(codec.decode(self._sampler.finish(*values)))[:_PATHS])

    @property
    def drawn(self) -> Tensor:
        """Where each was before the first step and after each, (samples, steps + 1, 2), as items."""
        return torch.stack(self._ways, 1)


def draw_density(program: Transform, spec: DataSpec, seed: int, device: torch.device) -> Tensor:
    """Log density in nats, or its bound, over what the spec shows of its two columns, (side, side); see the store.

    Args:
        program: What ``studio_log_prob`` gave.
        spec: Two columns with their knots.
        seed: Seed of the noise of a bound, which is the same at every point.
        device: Where its modules are.
    """
    weights = program.likelihood is not None and program.likelihood.draws == "weights"
    noisy = any(entry.kind == "noise" for entry in program.inputs)
    # Importance weights bound it the closer the more there are; of terms one is as smooth over the plane as their mean.
    values = _over_plane(program, spec, seed, device, _DRAWS if noisy and weights else 1)
    return torch.logsumexp(values, 0) - math.log(len(values)) if weights else values.mean(0)


def _over_plane(program: Transform, spec: DataSpec, seed: int, device: torch.device, draws: int) -> Tensor:
    """What a program gives for every point of the grid by each draw of its noise, (draws, side, side)."""
    assert isinstance(spec, TableSpec)
    points = torch.from_numpy(spec.plane(_SIDE))
    given = next(entry.name for entry in program.inputs if entry.kind == "value")
    drawn = []
    for draw in range(draws):
        inputs = draw_inputs(program.inputs, seed, [draw] * len(points), values={given: points})
        drawn.append(run_program(program, [value.to(device) for value in inputs])[1].float())
    return torch.stack(drawn).reshape(draws, _SIDE, _SIDE)
