"""How a family may see items, and what a family declares about itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from studio.core.modality import Condition, DataSpec, Modality, ViewKind
from studio.core.settings import FamilySettings

__all__ = [
    "API_VERSION",
    "Continuous",
    "Estimate",
    "Family",
    "Preset",
    "Tokens",
    "View",
    "presets_for",
    "why_not_offered",
]

API_VERSION = 1


@dataclass(frozen=True)
class Continuous:
    """A view of items as real numbers in [-1, 1]: (C, H, W) of images, (K,) of the rows of a table.

    Attributes:
        dequantise: Add uniform noise of one level where values have levels, as the grey levels of images, so that a
            density over the values is bounded.
        binarise: Draw every value of an image as -1 or 1 with its intensity as probability (dynamic binarisation,
            Salakhutdinov and Murray 2008).
        one_hot: Of a dequantised table, give a category one value for each category all the same; there is no density
            over such a view.
    """

    dequantise: bool = False
    binarise: bool = False
    one_hot: bool = False


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
    """A named set of settings, for data of one modality.

    Attributes:
        name: Name to choose it by; presets for other data may have the same.
        title: Name shown to people.
        summary: One sentence on when to choose it.
        settings: Values by key; a key of the studio's own settings begins with ``train.``.
        estimate: Measured cost, or None where nobody has measured it yet.
        modality: The modality it is for.
        largest: Most numbers in an item that it is for; 0 for any.
        condition: The condition of the data that it is for; None for any.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    summary: str
    settings: Mapping[str, Any] = Field(default_factory=dict)
    estimate: Estimate | None = None
    modality: Modality = "image"
    largest: int = Field(0, ge=0)
    condition: Condition | None = None

    def fits(self, spec: DataSpec) -> bool:
        """Whether it is for data of this kind and size."""
        meant = self.modality == spec.modality and self.condition in (None, spec.condition)
        return meant and not 0 < self.largest < math.prod(spec.shape)


def presets_for(presets: Iterable[Preset], spec: DataSpec | None) -> dict[str, Preset]:
    """The presets for some data, for any where there are none yet, by name and in their order.

    Of those that share a name the first that fits.
    """
    found: dict[str, Preset] = {}
    for preset in presets:
        if spec is None or preset.fits(spec):
            found.setdefault(preset.name, preset)
    return found


def why_not_offered(views: Iterable[str], conditions: Iterable[str], spec: DataSpec) -> str:
    """Why a family cannot model some data, to go on from its name; empty where it can.

    Args:
        views: The views that the family can model.
        conditions: What it can be conditioned on.
        spec: What the items have in common.
    """
    if not set(views) & set(spec.views):
        return f"does not model {spec.modality} data"
    if spec.condition == "sequence" and "sequence" not in conditions:
        return "does not model pairs of a source and its target"
    # What has classes can be learned without them too.
    if not spec.classes and "none" not in conditions:
        return "needs data with classes"
    return ""


@dataclass(frozen=True)
class Family:
    """What a plugin declares: one kind of generative model.

    Attributes:
        id: Short name, lower case letters, digits and underscores.
        title: Name shown to people.
        summary: One sentence on what the family is good for.
        settings: The family's own settings.
        monitor: The validation metric that decides the best checkpoint, and which way is better.
        presets: Presets; every family has at least one called ``cpu`` for each modality that it can model.
        views: The views it can model, its own preference first; it is offered for data that have one of them.
        conditions: What it can be conditioned on; where that is ``class`` alone, it is offered for data
            with classes only; ``sequence`` is a source, such as the sentence to translate.
        paper: The paper it follows, with its arXiv number.
    """

    id: str
    title: str
    summary: str
    settings: type[FamilySettings]
    monitor: tuple[str, Literal["min", "max"]]
    presets: tuple[Preset, ...] = ()
    views: tuple[ViewKind, ...] = ("grid",)
    conditions: tuple[Condition, ...] = ("none",)
    paper: str = ""
