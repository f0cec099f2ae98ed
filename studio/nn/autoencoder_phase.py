"""The first phase of a run that learns something in the latent of an autoencoder of tokens: the autoencoder itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from studio.core.protocol import Session
from studio.nn.embedding import hide_labels
from studio.nn.lr_schedule import warmup_linear
from studio.nn.muon import muon_and_adamw
from studio.nn.sequence_autoencoder import SequenceAutoencoder, SequenceCost

__all__ = ["AutoencoderPhase"]

_NAME = "autoencoder"
# Nats of each latent number that cost nothing, tokens hidden, and the share of the phase in which the KL term rises.
_FREE_BITS, _HIDDEN, _KL_WARMUP = 0.6, 0.3, 0.1


class AutoencoderPhase:
    """The autoencoder of a session, as its module ``autoencoder``, and its optimizers.

    Args:
        session: The session, before its first batch.
        net: The autoencoder.
        codec: Turns items into symbols.
        lr: The learning rate at its highest.
        share: Share of the run.

    Attributes:
        net: The autoencoder, on the device.
    """

    SHARE = 0.6

    def __init__(self, session: Session, net: SequenceAutoencoder, codec: Any, lr: float, share: float = SHARE) -> None:
        self.net = session.module(_NAME, net, ema=0.99)
        self._session, self._codec, self._share = session, codec, share
        schedule = warmup_linear(0.02)
        self._optimizers = muon_and_adamw(self.net, self.net.matrices(), lr)
        for name, optimizer in zip((f"{_NAME}_muon", f"{_NAME}_adamw"), self._optimizers, strict=True):
            session.optimizer(name, optimizer, lr_schedule=lambda p: schedule(min(1.0, p / share)))

    @property
    def averaged(self) -> Any:
        """The autoencoder with averaged weights, which does not learn."""
        return self._session.averaged(_NAME)

    def costs(self, label_dropout: float) -> Iterator[SequenceCost]:
        """Learn, and give what each batch cost, to be logged.

        Args:
            label_dropout: Share of the labels that are hidden.
        """
        session = self._session
        for batch in session.batches(phase=_NAME, share=self._share):
            weight = min(1.0, session.progress / (_KL_WARMUP * self._share))
            tokens, label = self._codec.encode(batch.items), hide_labels(batch.label, label_dropout)
            with session.autocast():
                cost = self.net.cost(tokens, label, _FREE_BITS, weight, _HIDDEN)
            session.step(*self._optimizers, cost.loss)
            yield cost
