"""What the items of a data set have in common, whatever their modality."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from studio.core.bounded import Name, Shape

__all__ = ["Condition", "DataSpec", "ViewKind"]

# How a family may see an item: real numbers with two axes beside their channels, real numbers with none, as many
# symbols as the item has values, or a sequence of symbols that ends where the item does.
ViewKind = Literal["grid", "vector", "tokens", "sequence"]
# What a model is conditioned on: nothing, the class of the item, or a source such as the sentence to translate.
Condition = Literal["none", "class", "sequence"]


class DataSpec(BaseModel, ABC):
    """What every item of a data set has in common; one subclass for each modality, which adds ``modality``.

    Attributes:
        shape: Shape of one item as it is stored.
        classes: Names of the classes, in the order of their labels; empty when the items are unlabelled.
        views: The views that the modality offers.
        dtype: Type of the numbers of an item as it is stored.
        noun: What one item is called.
        together: Whether many items are shown as one picture, as points are, rather than each by itself.
    """

    model_config = ConfigDict(frozen=True)

    views: ClassVar[tuple[ViewKind, ...]]
    dtype: ClassVar[Literal["uint8", "int16", "float32"]]
    noun: ClassVar[str]
    together: ClassVar[bool]

    modality: Any
    shape: Shape
    classes: tuple[Name, ...] = ()

    @property
    def source_shape(self) -> tuple[int, ...]:
        """Shape of the source that each item has; empty where items have none."""
        return ()

    @property
    def condition(self) -> Condition:
        """What a model of this data set is conditioned on."""
        if self.source_shape:
            return "sequence"
        return "class" if self.classes else "none"

    @property
    def item_bytes(self) -> int:
        """Bytes of one item as it is stored."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize

    @property
    @abstractmethod
    def largest(self) -> int | None:
        """Largest whole number that an item can hold, from 0 on; None where items hold real numbers."""

    @property
    @abstractmethod
    def size(self) -> str:
        """Size of an item, in words."""

    @abstractmethod
    def examples(self, count: int, seed: int) -> npt.NDArray[Any]:
        """Items that a data set of this kind might hold, to try a model with.

        Args:
            count: Number N of items.
            seed: Seed of the draw, 0 to 2**32 - 1.

        Returns:
            Items as stored, shape (N, *shape).
        """
