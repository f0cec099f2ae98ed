"""What the family does with data of numbers and with texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from studio.api import Described, Session, TextSpec, Trained

if TYPE_CHECKING:
    from studio.nn import Decoding, Sampler, Transform

__all__ = ["Mode", "mode_of"]


class Mode(Protocol):
    """How items of some kind are learned and drawn."""

    def train(self, session: Session) -> None:
        """Undo noise."""

    def sample(self, trained: Trained) -> Sampler:
        """From noise to items."""

    def encode(self, trained: Trained) -> Transform | None:
        """Items to the noise that they are made of; None where no way leads back."""

    def decode(self, trained: Trained) -> Decoding | None:
        """The noise as a latent; None where it is none."""

    def log_prob(self, trained: Trained) -> Transform | None:
        """Items to a bound on their log probability; None where there is none."""

    def diagnose(self, session: Session) -> list[str]:
        """Warnings in plain words."""


def mode_of(run: Described) -> Mode:
    """The mode of the data: masks of texts, noise of all else."""
    if isinstance(run.spec, TextSpec):
        from studio_diffusion.text_mode import TextMode

        return TextMode()
    from studio_diffusion.number_mode import NumberMode

    return NumberMode()
