"""What a data set is, how a family may see it, and what a family declares about itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from studio.core.bounded import Name, Shape
from studio.core.settings import FamilySettings

__all__ = ["API_VERSION", "Continuous", "DataSpec", "Estimate", "Family", "Preset", "Tokens", "View"]

API_VERSION = 1

Modality = Literal["image", "audio", "text", "table"]


class DataSpec(BaseModel):
    """What every item of a data set has in common.

    Attributes:
        modality: What kind of item it is.
        shape: Shape of one item as it is stored; for images (H, W, C) with C = 1 or 3, uint8.
        classes: Names of the classes, in the order of their labels; empty when the items are unlabelled.
    """

    model_config = ConfigDict(frozen=True)

    modality: Modality = "image"
    shape: Shape
    classes: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _check_shape(self) -> DataSpec:
        if self.modality == "image" and (len(self.shape) != 3 or self.shape[2] not in (1, 3)):
            raise ValueError(f"images have the shape (height, width, 1 or 3), not {self.shape}")
        return self

    @property
    def condition(self) -> Literal["none", "class"]:
        """What a model of this data set can be conditioned on."""
        return "class" if self.classes else "none"


@dataclass(frozen=True)
class Continuous:
    """A view of items as real numbers; for images (C, H, W) in [-1, 1].

    Attributes:
        dequantise: Add uniform noise of one grey level, so that a density over the values is bounded.
        binarise: Draw every value as -1 or 1 with its intensity as probability (dynamic binarisation,
            Salakhutdinov and Murray 2008).
    """

    dequantise: bool = False
    binarise: bool = False


@dataclass(frozen=True)
class Tokens:
    """A view of items as a sequence of symbols; for images in raster order.

    Attributes:
        levels: Number of levels a value is quantised to, 2 to 256.
        patch: Side of the square of pixels whose values, of every channel, make one symbol together; 0 for each value
            by itself.
        palette: The value of each level, rising, in [0, 255]; empty for levels spread evenly over the range.
    """

    levels: int = 256
    patch: int = 0
    palette: tuple[int, ...] = ()


View = Continuous | Tokens


class Estimate(BaseModel):
    """What a preset costs, as it was measured.

    Attributes:
        minutes: Duration of the training, in minutes.
        memory_mb: Peak resident memory of the trainer, in MB of 2**20 bytes.
        on: Where it was measured: device, data set and date, in words.
        shape: Shape of the items it was measured with; empty where that is not said.
    """

    model_config = ConfigDict(frozen=True)

    minutes: float
    memory_mb: int
    on: str
    shape: tuple[int, ...] = ()

    def times_as_large(self, shape: tuple[int, ...]) -> float:
        """How many times as many numbers items of a shape hold as those it was measured with; 1 where unknown."""
        return math.prod(shape) / math.prod(self.shape) if self.shape else 1.0


class Preset(BaseModel):
    """A named set of settings.

    Attributes:
        title: Name shown to people.
        summary: One sentence on when to choose it.
        settings: Values by key; a key of the studio's own settings begins with ``train.``.
        estimate: Measured cost, or None where nobody has measured it yet.
    """

    model_config = ConfigDict(frozen=True)

    title: str
    summary: str
    settings: Mapping[str, Any] = Field(default_factory=dict)
    estimate: Estimate | None = None


@dataclass(frozen=True)
class Family:
    """What a plugin declares: one kind of generative model.

    Attributes:
        id: Short name, lower case letters, digits and underscores.
        title: Name shown to people.
        summary: One sentence on what the family is good for.
        settings: The family's own settings.
        monitor: The validation metric that decides the best checkpoint, and which way is better.
        presets: Presets by name; every family has at least ``cpu``.
        modalities: Modalities it can model.
        conditions: What it can be conditioned on.
        paper: The paper it follows, with its arXiv number.
        api_version: Version of the plugin contract it was written for.
    """

    id: str
    title: str
    summary: str
    settings: type[FamilySettings]
    monitor: tuple[str, Literal["min", "max"]]
    presets: Mapping[str, Preset] = field(default_factory=dict)
    modalities: tuple[Modality, ...] = ("image",)
    views: tuple[type[Continuous] | type[Tokens], ...] = (Continuous,)
    conditions: tuple[Literal["none", "class"], ...] = ("none", "class")
    paper: str = ""
    api_version: int = API_VERSION
