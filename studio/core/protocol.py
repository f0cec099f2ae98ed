"""What a plugin is handed: the session of a training, and a trained model, as protocols."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from studio.core.manifest import Input
from studio.core.modality import DataSpec
from studio.core.spec import Continuous, Tokens

if TYPE_CHECKING:
    import torch

__all__ = ["Batch", "Codec", "Described", "Module", "Session", "Trained"]

Module = TypeVar("Module", bound="torch.nn.Module")


class Batch(Protocol):
    """Items of one step, on the device.

    Attributes:
        items: Items as stored, shape (B, *spec.shape); of images uint8 (B, H, W, C), of tables float32 (B, K).
        label: Class of each item, int64, shape (B,), -1 where it has none.
        source: What each item is made from, such as the sentence to translate, as stored, shape
            (B, *spec.source_shape); None where items have no source.
    """

    items: torch.Tensor
    label: torch.Tensor
    source: torch.Tensor | None


class Codec(Protocol):
    """Maps items to a view and back; a module, so that the way back can go into the exported graph.

    Attributes:
        shape: Shape of one item in the view, without the batch axis.
        dims: Numbers in an item, for bits per dimension.
        levels: How many levels a number of the view stands for, as 256 of an image's; 0 where it is a real number.
        tolerance: Largest difference of decoded values between two runtimes that counts as equal, in their unit.
    """

    shape: tuple[int, ...]
    dims: int
    levels: int
    tolerance: float

    @property
    def likelihood_protocol(self) -> str:
        """What a likelihood of this view is a likelihood of, in words; numbers of one protocol compare."""

    def noise_inputs(self) -> list[Input]:
        """What ``encode`` takes beside the items: one noise where the view is random, else none."""

    def encode(self, items: torch.Tensor, noise: torch.Tensor | None = None) -> torch.Tensor:
        """Turn items into the view; where that is random, by noise, drawn from torch's random state if None."""

    def encode_known(self, given: torch.Tensor) -> Any:
        """Turn known values, as ``given_input`` has them, into the plain view and where it is known (bool)."""

    def log_det(self, items: torch.Tensor) -> torch.Tensor:
        """Log of the volume in the view that an item has for each unit of its own, (N,).

        Added to the log density of the view it gives log p of the item: nats of a probability where numbers have
        levels, of a density in the units of the item where they are real.
        """

    def decode(self, view: torch.Tensor) -> torch.Tensor:
        """Turn the view into values that are not yet items as stored, float32, which the certificate compares."""

    def settle(self, decoded: torch.Tensor) -> torch.Tensor:
        """Turn decoded values into items as stored."""


class Described(Protocol):
    """What a session and a trained model have in common: the family, its settings and the data."""

    @property
    def family(self) -> str:
        """Id of the family that is meant, for a plugin that declares several."""

    @property
    def settings(self) -> Any:
        """The family's settings of the run."""

    @property
    def spec(self) -> DataSpec:
        """What the items of the data set have in common."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; empty where the data set has none."""

    def codec(self, view: Continuous | Tokens) -> Any:
        """The codec between items and a view; a module with the methods of ``Codec``."""


class Trained(Described, Protocol):
    """A trained model, as previews, export and evaluation see it: the averaged weights, in eval mode."""

    def module(self, name: str, net: Module) -> Module:
        """Fill a freshly made net with the trained weights of that name."""

    def label_inputs(self) -> list[Input]:
        """The input for the class of each item where there are classes, else none."""


class Session(Described, Protocol):
    """Everything around a training loop; the loop itself is the plugin's."""

    @property
    def device(self) -> torch.device:
        """Where modules and batches live."""

    @property
    def progress(self) -> float:
        """Share of the run that is done, 0 to 1."""

    def codec(self, view: Continuous | Tokens) -> Any:
        """The codec between items and a view; a module with the methods of ``Codec``."""

    def module(self, name: str, net: Module, ema: float | None = None) -> Module:
        """Take a net into the session before its first batch: device, checkpoint, average of its weights."""

    def averaged(self, name: str) -> Any:
        """The net of that name as validation sees it: its averaged copy where it has one, in eval mode."""

    def optimizer(
        self, name: str, optimizer: torch.optim.Optimizer, lr_schedule: Callable[[float], float] | None = None
    ) -> torch.optim.Optimizer:
        """Take an optimizer into the session; its learning rates follow ``lr_schedule(progress)`` times their own."""

    def validation(self, measure: Callable[[Batch], Mapping[str, Any]], closing: int = 0) -> None:
        """Name the function that measures held-out batches; their mean decides the best checkpoint.

        Args:
            measure: Measures a batch.
            closing: How often the family goes over the held-out items after its last batch, or works for as long; a
                run in minutes leaves the time for it.
        """

    def held_out_mean(self, measure: Callable[[Batch], Any]) -> float:
        """Mean of a number over held-out batches, on the same random numbers at every call; leaves no trace."""

    def batches(self, phase: str = "train", share: float = 1.0) -> Iterator[Batch]:
        """Yield the batches of a phase; pause, stop, checkpoints, previews and validation happen in between."""

    def autocast(self) -> AbstractContextManager[Any]:
        """The run's precision for a forward pass."""

    def step(self, *optimizers_and_loss: Any) -> None:
        """Update by a loss: ``step(opt, loss)``, or several optimizers and then the loss."""

    def log(self, **values: Any) -> None:
        """Record numbers of this step, floats or tensors of one element; no device synchronisation happens here."""

    @property
    def metrics(self) -> Mapping[str, float]:
        """The latest recorded numbers by name; those of validation begin with ``validation.``."""

    def state(self, name: str, default: dict[str, Any]) -> dict[str, Any]:
        """A dictionary of JSON values and tensors that is saved in every checkpoint and restored from it."""

    def sample_of_items(self, count: int) -> torch.Tensor:
        """The first training items of a fixed shuffle, for statistics; as stored, on the device."""
