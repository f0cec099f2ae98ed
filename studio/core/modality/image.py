"""Images: what the items of a data set of images have in common."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import model_validator

from studio.core.modality.spec import DataSpec, ViewKind
from studio.core.noise import noise

__all__ = ["ImageSpec"]

# Lanes of the noise from here on are those of no input of a program.
_LANE = 1000


class ImageSpec(DataSpec):
    """Images, uint8 (H, W, C) with C = 1 for grey and 3 for RGB, values in [0, 255]."""

    views: ClassVar[tuple[ViewKind, ...]] = ("grid", "tokens")
    dtype: ClassVar[Literal["uint8", "int16", "float32"]] = "uint8"
    noun: ClassVar[str] = "image"
    together: ClassVar[bool] = False

    modality: Literal["image"] = "image"

    @model_validator(mode="after")
    def _check_shape(self) -> ImageSpec:
        if len(self.shape) != 3 or self.shape[2] not in (1, 3):
            raise ValueError(f"images have the shape (height, width, 1 or 3), not {self.shape}")
        return self

    @property
    def largest(self) -> int:
        """Largest value of a pixel."""
        return 255

    @property
    def size(self) -> str:
        """Width, height and channels in words, such as ``28 x 28 grey``."""
        height, width, channels = self.shape
        return f"{width} x {height} {'grey' if channels == 1 else 'colour'}"

    def examples(self, count: int, seed: int) -> npt.NDArray[Any]:
        """Images of any pixels."""
        return (noise(seed, range(count), self.shape, "uniform", _LANE) * 256.0).astype(np.uint8)
