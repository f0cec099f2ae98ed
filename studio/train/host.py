"""What a session needs of whoever runs it, and what the two say to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, SupportsFloat, TypeVar

from torch import Tensor

from studio.core.errors import PluginError
from studio.train.checkpoint import Checkpoint

__all__ = ["ItemBatch", "SessionHost", "TrainingEnded", "check_number"]


def check_number(call: str, name: str, value: object) -> None:
    """Check that a plugin reports one number.

    Args:
        call: What it was reported by, for the sentence.
        name: Its name.
        value: The number.

    Raises:
        PluginError: If it is none.
    """
    if isinstance(value, Tensor):
        if value.numel() == 1 and not value.is_complex():
            return
        given = f"a tensor of shape {tuple(value.shape)}"
    elif isinstance(value, SupportsFloat) and not isinstance(value, str):
        if not getattr(value, "ndim", 0):
            return
        given = f"an array of shape {getattr(value, 'shape', ())}"
    else:
        given = type(value).__name__
    raise PluginError(f"{call} was given '{name}' as {given}; report one number, such as its mean.")


class TrainingEnded(BaseException):
    """Leaves the plugin's loop when a person stops the run; not an Exception, so that no plugin swallows it.

    Attributes:
        state: State of the run from now on.
    """

    def __init__(self, state: Literal["stopped", "paused"]) -> None:
        super().__init__(state)
        self.state: Literal["stopped", "paused"] = state


@dataclass
class ItemBatch:
    """Items of one step on the device.

    Attributes:
        items: Items as stored (B, ...).
        label: Class of each, int64 (B,), -1 for none.
        source: What each is made from, as stored (B, S); None where items have no source.
    """

    items: Tensor
    label: Tensor
    source: Tensor | None = None


S = TypeVar("S", contravariant=True)


class SessionHost(Protocol[S]):
    """What a session S needs of whoever runs it."""

    @property
    def metrics(self) -> Mapping[str, float]:
        """The latest recorded numbers by name."""

    def before_first_step(self, session: S) -> None:
        """Called once in a run, when a plugin has made its networks and wants its first batch; may refuse them."""

    def warming_up(self, step: int) -> None:
        """Called before every step of a warm-up at a step, which leaves no trace; may raise ``TrainingEnded``."""

    def warmed_up(self, session: S, step_s: float) -> None:
        """Called when the speed of a run in minutes is known: makes its first plan."""

    def between_steps(self, session: S) -> None:
        """Called before every step: saves, validates, previews, obeys; raises ``TrainingEnded`` to end."""

    def last_finite(self) -> Checkpoint | None:
        """The last checkpoint whose weights are finite."""

    def say(self, kind: str, message: str) -> None:
        """Say something about the run."""

    def record(self, step: int, values: dict[str, Any]) -> None:
        """Record numbers of a step."""
