"""What the family does with data of numbers and with texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from studio.api import Session, Trained

if TYPE_CHECKING:
    from studio.nn import Decoding, Sampler, Transform

__all__ = ["Mode"]


class Mode(Protocol):
    """How items of some kind are learned and made."""

    def train(self, session: Session) -> None:
        """Let the two networks play against each other."""

    def sample(self, trained: Trained) -> Sampler:
        """Noise to items."""

    def decode(self, trained: Trained) -> Transform | Decoding:
        """Latents to items."""

    def discriminate(self, trained: Trained) -> Transform:
        """Items to scores."""
