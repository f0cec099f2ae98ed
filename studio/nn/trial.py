"""Tries a sampler in seconds, before anything is learned: what cannot be sampled or exported is said then.

Every loop is run for a few steps only, as for the export; the capture is the one that the exporter begins with.
"""

from __future__ import annotations

import logging
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor, nn

from studio.core.errors import PluginError
from studio.core.manifest import Input
from studio.core.modality import DataSpec
from studio.nn.operators import untranslatable
from studio.nn.sampler import Program, Sampler, Stage, as_tuple, draw_inputs

__all__ = ["capture", "example_inputs", "try_sampler"]

# A sample may differ in so large a share of its values from the same one drawn in another batch, by rounding.
_ROUNDED = 0.02


def example_inputs(inputs: Sequence[Input], batch: int, device: torch.device | str = "cpu") -> list[Tensor]:
    """Inputs to trace with: a scalar is off its default, so that what a default switches off is traced too."""
    generator = torch.Generator().manual_seed(batch)
    examples = []
    for entry in inputs:
        dtype = getattr(torch, entry.dtype)
        if entry.kind == "label":
            examples.append(torch.arange(batch, dtype=dtype) % (int(entry.maximum or 0) + 1))
        elif entry.kind == "scalar":
            value = float(entry.default or 0)
            if not entry.dtype.startswith("int"):
                value = (value + float(entry.maximum if entry.maximum is not None else value + 1.0)) / 2.0
            examples.append(torch.tensor(value, dtype=dtype))
        elif entry.kind == "given" and entry.dtype == "int64":
            examples.append(
                torch.randint(
                    -1, int(entry.maximum or 255) + 1, (batch, *entry.shape), dtype=dtype, generator=generator
                )
            )
        elif entry.kind == "given":
            known = torch.rand(batch, *entry.shape, generator=generator)
            examples.append(torch.where(known < 0.5, torch.nan, known))
        elif entry.dtype in ("uint8", "int16"):
            examples.append(torch.randint(0, 256, (batch, *entry.shape), dtype=dtype, generator=generator))
        elif entry.distribution == "uniform":
            examples.append(torch.rand(batch, *entry.shape, generator=generator))
        else:
            examples.append(torch.randn(batch, *entry.shape, generator=generator))
    return [example.to(device) for example in examples]


class _Flat(nn.Module):
    """Gives a module one signature of tensors, so that the dynamic shapes are one flat tuple."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *values: Tensor) -> Any:
        return self.module(*values)


class _Attempt:
    """A program run for a few steps of each loop, every value checked on its way."""

    def __init__(self, program: Program, inputs: Sequence[Tensor], before: int = 2) -> None:
        # How many steps of a loop come before the one that is captured; a state may grow with them.
        self._steps = before + 1
        # Values before each part, by its name, for the capture.
        self.before: dict[str, tuple[nn.Module, tuple[Tensor, ...]]] = {}
        self.step_s: list[float] = []
        count = program.num_state
        values = self._call("init", program.init, tuple(inputs))
        if len(values) < count:
            raise PluginError(f"init gave {len(values)} values, fewer than the {count} of its state (num_state).")
        state, constants = values[:count], values[count:]
        for number, stage in enumerate(program.stages):
            state = self._stage(number, stage, state, constants)
        rest = self._call("finish", program.finish, (*state, *constants))
        if len(rest) != 1:
            raise PluginError(f"finish gave {len(rest)} values; it gives the samples alone.")
        codec = program.codec
        (self.decoded,) = self._run("way back to items", codec.decode, rest)
        (self.items,) = self._run("way back to items", codec.settle, (self.decoded,))
        self._tolerance: float = codec.tolerance

    def differs(self, other: _Attempt, rows: slice = slice(None)) -> bool:
        """Whether more values differ from some of another's than rounding explains.

        By more than one level; or, of real numbers, by ten times what counts as equal once they are decoded.
        """
        if not self.items.dtype.is_floating_point:
            far = (self.items.int() - other.items[rows].int()).abs() > 1
        else:
            far = (self.decoded - other.decoded[rows]).abs() > 10.0 * self._tolerance
        return float(far.float().mean()) > _ROUNDED

    def _stage(self, number: int, stage: Stage, state: Any, constants: Any) -> tuple[Tensor, ...]:
        if stage.enter is not None:
            state = self._call(f"enter of stage {number}", stage.enter, (*state, *constants))
        took = []
        for index in range(self._steps):
            begun = time.perf_counter()
            at = torch.tensor(stage.tried(index), device=state[0].device)
            after = self._call(f"step of stage {number}", stage.step, (at, *state, *constants))
            if len(after) != len(state):
                raise PluginError(f"The step of stage {number} turns {len(state)} states into {len(after)}.")
            for position, (old, new) in enumerate(zip(state, after, strict=True)):
                if old.dtype != new.dtype or old.ndim != new.ndim:
                    raise PluginError(
                        f"The step of stage {number} turns state {position} from {_words(old)} into {_words(new)}; "
                        "a loop needs the same type and number of axes."
                    )
            state = after
            took.append(time.perf_counter() - begun)
        if stage.until is not None:
            (over,) = self._call(f"until of stage {number}", stage.until, (*state, *constants))
            if over.dtype != torch.bool or over.ndim:
                raise PluginError(f"The until of stage {number} gives {_words(over)}; it gives one bool without axes.")
        # The first makes ready what the others use again.
        self.step_s.append(statistics.median(took))
        return tuple(state)

    def _call(self, name: str, module: nn.Module, values: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        self.before[name] = (module, values)
        return self._run(name, module, values)

    def _run(self, name: str, function: Callable[..., Any], values: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        try:
            results = as_tuple(function(*values))
        except Exception as error:
            raise PluginError(f"The {name} of the sampler fails: {type(error).__name__}: {error}.") from error
        for result in results:
            if not isinstance(result, Tensor):
                raise PluginError(f"The {name} of the sampler gave {type(result).__name__} where a tensor belongs.")
        return results


def _words(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} {tuple(tensor.shape)}"


def try_sampler(
    program: Sampler,
    spec: DataSpec,
    device: torch.device | str = "cpu",
    count: int = 16,
    exportable: bool = True,
) -> float:
    """Draw two samples in a few steps, check them, and capture every part as the exporter does.

    Args:
        program: What ``studio_sample`` gave.
        spec: What the items of the data set have in common.
        device: Where its modules are.
        count: Number of samples in a preview.
        exportable: Whether to capture it, which takes seconds.

    Returns:
        Seconds that so many samples are going to take, about.

    Raises:
        PluginError: One sentence on what is wrong with it.
    """
    num_classes = len(spec.classes)
    inputs = _inputs(program, [0, num_classes - 1] if num_classes else [None, None], device)
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        both = _Attempt(program, inputs)
        shape = (2, *spec.shape)
        if both.items.dtype != getattr(torch, spec.dtype) or tuple(both.items.shape) != shape:
            raise PluginError(
                f"studio_sample draws {_words(both.items)}, and two items of the data set are {spec.dtype} {shape}."
            )
        _check_repeats(program, inputs, both)
        if exportable:
            _capture(program, both, device)
        labels = [row % num_classes if num_classes else None for row in range(max(1, count))]
        preview = _Attempt(program, _inputs(program, labels, device))
    trips = [int(inputs[_place(program, s.trip)]) if isinstance(s.trip, str) else s.trip for s in program.stages]
    return sum(trip * seconds for trip, seconds in zip(trips, preview.step_s, strict=True))


def _inputs(program: Program, labels: Sequence[int | None], device: torch.device | str) -> list[Tensor]:
    """Inputs for a sample of each class, None where there are none."""
    asked = [label for label in labels if label is not None]
    drawn = draw_inputs(program.inputs, 0, range(len(labels)), asked or None)
    return [value.to(device) for value in drawn]


def _place(program: Program, name: str) -> int:
    return [entry.name for entry in program.inputs].index(name)


def _check_repeats(program: Program, inputs: Sequence[Tensor], both: _Attempt) -> None:
    """The same inputs give the same samples, whatever torch's random state and the rest of the batch."""
    torch.manual_seed(2)
    if _Attempt(program, inputs).differs(both):
        raise PluginError(
            "The sampler draws random numbers of its own: the same noise gave other samples. Noise is an input; "
            "declare it with noise_input."
        )
    scalars = [entry.kind == "scalar" for entry in program.inputs]
    alone = [value if single else value[1:] for value, single in zip(inputs, scalars, strict=True)]
    if _Attempt(program, alone).differs(both, slice(1, None)):
        raise PluginError(
            "A sample depends on the others of its batch: drawn alone, the second of two came out different. Normalise "
            "over the axes of one item, and put modules into eval mode."
        )


def _capture(program: Program, both: _Attempt, device: torch.device | str) -> None:
    """Capture each part as the exporter does: axes that differ with the batch or grow with the steps are open."""
    two, three = (_Attempt(program, example_inputs(program.inputs, count, device), count) for count in (2, 3))
    for name, (module, values) in two.before.items():
        try:
            captured = capture(module, values, three.before[name][1])
        except PluginError as error:
            raise PluginError(
                f"The {name} of the sampler cannot be captured for the export: {error} (No branch may depend on a "
                "value of a tensor, and no module on the size of the batch.)"
            ) from error
        if missing := untranslatable(captured):
            raise PluginError(
                f"The {name} of the sampler cannot be exported: torch has no way to write {', '.join(missing)} as "
                "ONNX. Compute it from other operators."
            )


def capture(module: nn.Module, first: Sequence[Tensor], second: Sequence[Tensor]) -> torch.export.ExportedProgram:
    """Capture a module's operations; axes that differ between the two examples are open.

    Raises:
        PluginError: If it cannot be captured.
    """
    axes = tuple(
        {
            axis: torch.export.Dim.DYNAMIC
            for axis, pair in enumerate(zip(a.shape, b.shape, strict=True))
            if pair[0] != pair[1]
        }
        or None
        for a, b in zip(first, second, strict=True)
    )
    loggers = [logging.getLogger(name) for name in ("torch.fx.experimental.symbolic_shapes", "torch.export")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        with warnings.catch_warnings():
            # Notices of the capture to its own developers.
            warnings.simplefilter("ignore")
            flat = _Flat(module).eval()
            try:
                return torch.export.export(flat, tuple(first), dynamic_shapes=(axes,), strict=False)
            except Exception as error:
                # Reading the bytecode too, it follows sizes that the first way takes for fixed.
                with suppress(Exception):
                    return torch.export.export(flat, tuple(first), dynamic_shapes=(axes,), strict=True)
                raise PluginError(" ".join(str(error.__cause__ or error).split())[:240]) from error
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
