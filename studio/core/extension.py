"""What a plugin may bring beside families: readers, transforms, codecs, features and metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.core.modality import DataSpec, Modality
from studio.core.spec import Continuous, Tokens

__all__ = ["Extension", "Features", "ItemCodec", "ItemTransform", "ItemsRead", "Metric", "ObservedRun", "Reader"]

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Extension:
    """What all of them say of themselves.

    Attributes:
        id: Short name, lower case letters, digits and underscores; a plugin's own are told apart by it.
        title: Name shown to people.
        modality: The data that it is for.
    """

    id: str
    title: str
    modality: Modality


@dataclass(frozen=True)
class ItemsRead:
    """What a reader found in a file.

    Attributes:
        items: Images, uint8 [N, H, W, C] or [N, H, W]; or the rows of a table, numbers [N, K].
        labels: Class of each, whole numbers or words, length N; None for none.
        columns: Names of the columns of a table, length K; empty to count them.
        refused: What could not be read: (where, why), both text, such as ``("line 12", "Row 2 is too short.")``.
        licence: Licence note, where the file has one.
    """

    items: Array
    labels: Sequence[Any] | None = None
    columns: Sequence[str] = ()
    refused: Sequence[tuple[str, str]] = ()
    licence: str = ""


@dataclass(frozen=True)
class Reader(Extension):
    """Turns a file of a format of its own into items.

    It runs in a process of its own, under limits of time and memory, whose end costs that import only.

    Attributes:
        suffixes: How names of such files end, with the dot; those that the studio reads itself stay the studio's.
        read: Reads a file; a ``studio.api.DataError`` is said as it stands, whatever else it raises with its type.
    """

    suffixes: tuple[str, ...] = ()
    read: Callable[[Path], ItemsRead] = field(kw_only=True)


@dataclass(frozen=True)
class ItemTransform(Extension):
    """Changes the items of a batch while a family learns, such as a flip; validation sees them unchanged.

    Attributes:
        apply: Gets items as stored, [B, ...], their labels, int64 [B] with -1 for none, and a generator whose numbers
            depend on the seed of the run and the step alone; gives items of the same shape and type.
    """

    apply: Callable[[Array, Array, np.random.Generator], Array] = field(kw_only=True)


@dataclass(frozen=True)
class ItemCodec(Extension):
    """Another way between items and a view than the studio's own, for whatever family a run trains with it.

    Attributes:
        view: The kind of view that it makes: ``grid``, ``vector`` or ``tokens``.
        build: Gets what the items have in common, such as ``spec.shape``, and the ``Continuous`` or ``Tokens`` that a
            family asks for. Makes the codec, a ``torch.nn.Module`` that keeps ``studio.api.Codec``, or raises a
            ``studio.api.PluginError`` where it has no such view; imports torch inside.
    """

    view: str = "grid"
    build: Callable[[DataSpec, Continuous | Tokens], Any] = field(kw_only=True)


@dataclass(frozen=True)
class Features(Extension):
    """A map from items to vectors in which distances mean something, for the judge.

    Attributes:
        version: Tells two of one name apart; numbers of different versions do not compare.
        extract: Items as stored, [N, ...], to numbers [N, D].
    """

    version: str = "1"
    extract: Callable[[Array], Array] = field(kw_only=True)


@dataclass(frozen=True)
class Metric(Extension):
    """One number that compares samples with held-out items.

    The judge gives it beside what it is for two sets of real items, and its interval by resampling; a training gives
    it of each preview, as the curve ``preview.ID``.

    Attributes:
        better: ``min`` where smaller is better, else ``max``.
        measure: Gets samples and held-out items as stored, [N, ...] and [M, ...]; gives a number.
    """

    better: str = "min"
    measure: Callable[[Array, Array], float] = field(kw_only=True)


@dataclass(frozen=True)
class ObservedRun:
    """What an observer is told of the run that it watches.

    Attributes:
        id: Its id.
        name: What the person called it.
        family: Id of the family.
        dataset: Name of the data set.
        spec: What the items have in common; None for a run that an earlier studio made.
        settings: The settings, those of the studio with ``train.`` before them.
        output: A folder of the observer's own in the run, where it may write.
    """

    id: str
    name: str
    family: str
    dataset: str
    spec: DataSpec | None
    settings: dict[str, Any]
    output: Path
