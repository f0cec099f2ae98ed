"""What the family does with each modality that it can model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from studio.api import Described, Session, TableSpec, TextSpec, Trained

if TYPE_CHECKING:
    from studio.nn import Sampler, Transform

__all__ = ["Mode", "mode_of"]


class Mode(Protocol):
    """How items of one modality are learned and written."""

    def train(self, session: Session) -> None:
        """Maximise the likelihood of each symbol given those before it."""

    def sample(self, trained: Trained) -> Sampler:
        """Draw symbol by symbol, with a cache of keys and values."""

    def log_prob(self, trained: Trained) -> Transform:
        """Items to their log probability."""


def mode_of(run: Described) -> Mode:
    """The mode of the data: cells in any order of tables, tokens of texts, symbols in raster order of images."""
    if isinstance(run.spec, TableSpec):
        from studio_autoregressive.column_mode import ColumnMode

        return ColumnMode()
    if isinstance(run.spec, TextSpec):
        from studio_autoregressive.text_mode import TextMode

        return TextMode()
    from studio_autoregressive.raster_mode import RasterMode

    return RasterMode()
