"""The way from one latent to another, and what says where on it a sample lies.

The way is the great circle (White 2016, arXiv:1609.04468): between two normal latents a straight line passes through
lengths that no latent has. Uniform numbers, which draw symbols, go the shorter way round.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from studio.core.manifest import Manifest
from studio.core.noise import MAX_SEED

__all__ = ["InterpolationPath", "great_circle", "has_way", "shorter_way_round"]

_PARALLEL = 1e-4


class InterpolationPath(BaseModel):
    """Where the noise of samples lies between that of two: the one at the far end, and how far each is on the way.

    Attributes:
        seed: Seed of the far sample.
        index: Its number.
        shares: One for each sample of the request: 0 is the near end, 1 the far one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = Field(ge=0, le=MAX_SEED)
    index: int = Field(ge=0, le=MAX_SEED)
    shares: tuple[Annotated[float, Field(ge=0, le=1)], ...]

    def only(self, chosen: slice) -> InterpolationPath:
        """The same way with some of its samples."""
        return self.model_copy(update={"shares": self.shares[chosen]})


def has_way(manifest: Manifest) -> bool:
    """Whether something lies between two samples of a model: where some of its noise is normal, and so a latent."""
    return any(entry.kind == "noise" and entry.distribution == "normal" for entry in manifest.inputs)


def great_circle(
    first: npt.NDArray[np.float32], second: npt.NDArray[np.float32], shares: Sequence[float] | npt.NDArray[Any]
) -> npt.NDArray[np.float32]:
    """Points between two latents (...) at shares in [0, 1] (N,), ends included exactly; (N, ...).

    Lengths go evenly from one to the other; where both point the same or the opposite way, the line is straight.
    """
    a, b = first.astype(np.float64).ravel(), second.astype(np.float64).ravel()
    lengths = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    cosine = float(a @ b / max(lengths[0] * lengths[1], 1e-12))
    angle, t = math.acos(min(1.0, max(-1.0, cosine))), np.asarray(shares, np.float64)[:, None]
    if min(lengths) == 0.0 or math.sin(angle) < _PARALLEL:
        way = (1.0 - t) * a + t * b
    else:
        direction = np.sin((1.0 - t) * angle) * a / lengths[0] + np.sin(t * angle) * b / lengths[1]
        way = ((1.0 - t) * lengths[0] + t * lengths[1]) * direction / math.sin(angle)
    # Rounding in the circle would move the ends by a bit.
    way = np.where(t == 0.0, a, np.where(t == 1.0, b, way))
    return way.astype(np.float32).reshape(len(way), *first.shape)


def shorter_way_round(
    first: npt.NDArray[np.float32], second: npt.NDArray[np.float32], shares: Sequence[float] | npt.NDArray[Any]
) -> npt.NDArray[np.float32]:
    """Points between uniform numbers (...) at shares in [0, 1] (N,), ends included exactly; (N, ...) in [0, 1).

    Each goes the shorter way round from one to the other, as 0 and 1 were one point: so it is uniform all along.
    """
    a, b = first.astype(np.float64), second.astype(np.float64)
    t = np.asarray(shares, np.float64).reshape(-1, *[1] * a.ndim)
    way = (a + t * ((b - a + 0.5) % 1.0 - 0.5)) % 1.0
    way = np.where(t == 0.0, a, np.where(t == 1.0, b, way)).astype(np.float32)
    # What is just below 1 would be rounded to it.
    return np.minimum(way, np.nextafter(np.float32(1.0), np.float32(0.0)))
