"""What the family does with data of numbers and with texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from studio.api import Session, Trained

if TYPE_CHECKING:
    from studio.nn import Decoding, Sampler, Transform

__all__ = ["Mode"]


class Mode(Protocol):
    """How items of some kind are learned and drawn."""

    def train(self, session: Session) -> None:
        """Maximise the likelihood."""

    def sample(self, trained: Trained) -> Sampler:
        """Map noise back through the flow."""

    def encode(self, trained: Trained) -> Transform:
        """Items to their latent."""

    def decode(self, trained: Trained) -> Transform | Decoding:
        """Latents to items."""

    def log_prob(self, trained: Trained) -> Transform:
        """Items to their density, or to a bound on their probability."""
