"""A family that learned toy data, and what its sampler draws: what the parts of the contract look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from studio.core.modality import DataSpec, TableSpec
from studio.hooks.loader import LoadedFamily
from studio.nn.sampler import Program, Sampler, draw_inputs, run_program
from studio.testing.trial import Trial
from studio.train.answer import sampler_of
from studio.train.trained import TrainedModel

__all__ = ["Drawn", "Learned", "check_items", "differing", "draw", "learned_of", "words_of"]

_COUNT = 3


@dataclass(frozen=True)
class Drawn:
    """What a program made of some inputs.

    Attributes:
        compared: What the certificate of parity compares, such as the decoded values before they are settled.
        output: Its output.
    """

    compared: Tensor
    output: Tensor


@dataclass(frozen=True)
class Learned:
    """A trained model of toy data, with some of its items.

    Attributes:
        family: The family.
        trained: The trained model.
        spec: What the items have in common.
        items: Items that were held out, as stored (3, *shape).
        labels: Their classes, -1 for none.
        losses: The monitored metric at each validation.
        unmoved: Parameters that should have learned and did not.
    """

    family: LoadedFamily
    trained: TrainedModel
    spec: DataSpec
    items: Tensor
    labels: tuple[int, ...]
    losses: tuple[float, ...] = ()
    unmoved: tuple[str, ...] = ()

    def sampler(self) -> Sampler:
        """What ``studio_sample`` builds of it."""
        return sampler_of(self.family, self.trained)


def learned_of(trial: Trial) -> Learned:
    """What a trial learned, once it is trained."""
    dataset = trial.dataset
    items, labels = dataset.batch(dataset.indices("validation")[:_COUNT])
    return Learned(
        trial.family,
        trial.trained(),
        dataset.spec,
        torch.from_numpy(items),
        tuple(labels.tolist()),
        tuple(trial.curve(f"validation.{trial.family.declared.monitor[0]}")),
        trial.unmoved,
    )


def draw(
    program: Program,
    seed: int,
    indices: Sequence[int],
    labels: Sequence[int],
    values: Mapping[str, Tensor] | None = None,
) -> Drawn:
    """Run a program as the sampler service does.

    Args:
        program: A sampler or a transform.
        seed: Seed of the request.
        indices: Numbers of the samples (N,).
        labels: Class of each (N,); passed over where the program takes none.
        values: What the caller gives for every item, by input.
    """
    return Drawn(*run_program(program, draw_inputs(program.inputs, seed, indices, labels, values=values)))


def words_of(value: Any) -> str:
    """Type and shape of a tensor or an array, such as ``uint8 (3, 8, 8, 1)``."""
    return f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}"


def check_items(items: Any, spec: DataSpec, count: int, who: str) -> None:
    """Assert that a program gave items as stored.

    Args:
        items: What it gave, a tensor or an array.
        spec: What items have in common.
        count: How many there should be.
        who: What gave them, to begin the sentence with.
    """
    given, wanted = words_of(items), f"{spec.dtype} {(count, *spec.shape)}"
    assert given == wanted, (
        f"{who} gives {given}, and {count} items of the data are {wanted}; give its program the codec."
    )
    values = torch.as_tensor(items).float()
    finite = torch.isfinite(values)
    if isinstance(spec, TableSpec):
        finite |= torch.isnan(values) & torch.tensor([column.missing for column in spec.columns])
    assert bool(finite.all()), (
        f"{who} gives numbers that are not finite; look for a division or a logarithm that leaves its range."
    )


def differing(first: Any, second: Any, codec: Any) -> float:
    """Share of the values of two batches of items, 0 to 1, that differ by more than rounding explains.

    By more than one level; or, of real numbers, by ten times what counts as equal in the view. Cells that are rounded
    or chosen are the same or they are not.
    """
    first, second = torch.as_tensor(first), torch.as_tensor(second)
    if not first.is_floating_point():
        far = (first.int() - second.int()).abs() > 1
    elif getattr(codec, "rounds", False):
        far = ~torch.isclose(first, second, rtol=1e-3, atol=1e-6, equal_nan=True)
    else:
        far = (codec.encode(first) - codec.encode(second)).abs() > 10.0 * codec.tolerance
    return float(far.float().mean())
