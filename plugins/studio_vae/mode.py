"""What each of the family's two modes does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from studio.api import Session, Trained

if TYPE_CHECKING:
    from studio.nn import Decoding, Sampler, Transform

__all__ = ["Mode"]


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

    def log_prob(self, trained: Trained) -> Transform | None:
        """Build the map from items to the bound of their likelihood or its importance weights; None without levels."""
