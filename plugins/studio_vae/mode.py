"""What each of the family's two modes does, and what they share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from studio.api import Input, Session, Trained, item_input, item_noise_input

if TYPE_CHECKING:
    from studio.nn import Decoding, Sampler, Transform

__all__ = ["Mode", "observed_inputs"]


class Mode(Protocol):
    """One way to train and sample a VAE.

    Attributes:
        prior_advice: What to do where the prior draws latents that no item has.
    """

    prior_advice: str

    def train(self, session: Session) -> None:
        """Train."""

    def sample(self, trained: Trained) -> Sampler:
        """Build the sampler."""

    def encode(self, trained: Trained) -> Transform:
        """Build the map from items to their latents."""

    def decode(self, trained: Trained) -> Transform | Decoding:
        """Build the map from latents to items, or say that the sampler is it."""

    def log_prob(self, trained: Trained) -> Transform:
        """Build the map from items to the bound of their likelihood, or to its importance weights."""


def observed_inputs(shape: tuple[int, ...], binarised: bool) -> list[Input]:
    """The inputs that a likelihood is of: items as stored, and the draw that makes them black and white."""
    return [item_input(shape, "items", "uint8"), *([item_noise_input(shape)] if binarised else [])]
