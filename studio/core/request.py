"""A request for samples: what makes each of them, whoever asks, answers or keeps it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator

from studio.core.errors import ModelError
from studio.core.interpolation import InterpolationPath, has_way
from studio.core.known_values import KnownValues
from studio.core.manifest import Manifest
from studio.core.noise import MAX_SEED

__all__ = ["SampleRequest", "check_request", "labels_for"]


class SampleRequest(BaseModel):
    """What to sample.

    Attributes:
        seed: Seed of the request.
        start: Number of the first sample.
        count: Number of samples.
        labels: Class of each sample, or one for all; empty for the default.
        scalars: Numbers that are not at their default, by input.
        given: What is known of every sample; None where all is free.
        source: What the samples are made from, such as a sentence to translate: (S,) for all of them, or (N, S) for
            each; None where the model takes none.
        interpolation: Where the noise of every sample lies on the way from that of sample ``start`` to another's; None
            where each has its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = Field(0, ge=0, le=MAX_SEED)
    start: int = Field(0, ge=0, le=MAX_SEED)
    count: int = Field(64, ge=1, le=1_000_000)
    labels: tuple[int, ...] = ()
    scalars: Mapping[str, FiniteFloat] = Field(default_factory=dict)
    given: KnownValues | None = None
    source: KnownValues | None = None
    interpolation: InterpolationPath | None = None

    @field_validator("given", mode="before")
    @classmethod
    def _none_known(cls, value: object) -> object:
        """Documents of before hold an empty list where nothing is known."""
        return None if isinstance(value, list | tuple) and not value else value

    def number(self, position: int) -> int:
        """Number of a sample; of one that lies between two, that of the near end."""
        return self.start if self.interpolation is not None else self.start + position

    def label(self, position: int) -> int | None:
        """Class of a sample; None where no class is asked for."""
        if not self.labels:
            return None
        return self.labels[position] if len(self.labels) == self.count else self.labels[0]

    def sources(self, positions: slice) -> KnownValues | None:
        """The sources of some samples: (S,) where all have the same one, else (n, S)."""
        if self.source is None or self.source.values.ndim < 2:
            return self.source
        return KnownValues(self.source.values[positions])

    def only(self, position: int) -> SampleRequest:
        """The request for one of the samples, alone."""
        label, path = self.label(position), self.interpolation
        alone = {
            "start": self.number(position),
            "count": 1,
            "labels": () if label is None else (label,),
            "source": self.sources(slice(position, position + 1)),
            "interpolation": path.only(slice(position, position + 1)) if path is not None else None,
        }
        return self.model_copy(update=alone)

    def first(self, count: int) -> SampleRequest:
        """The request for its first samples."""
        path = self.interpolation
        cut = {
            "count": count,
            "labels": self.labels if len(self.labels) < 2 else self.labels[:count],
            "source": self.sources(slice(count)),
            "interpolation": path.only(slice(count)) if path is not None else None,
        }
        return self.model_copy(update=cut)


def check_request(manifest: Manifest, request: SampleRequest) -> SampleRequest:
    """Check a request against what the file takes.

    Returns:
        The request with every value filled in that was left to its default.

    Raises:
        ModelError: If the file has no such input, or a value is out of bounds.
    """
    inputs = {entry.name: entry for entry in manifest.inputs}
    scalars = {name: entry for name, entry in inputs.items() if entry.kind == "scalar"}
    for name in request.scalars:
        if name not in scalars:
            known = ", ".join(scalars) or "none"
            raise ModelError(f"This model has no input '{name}'; the numbers it takes are: {known}.")
    values = {name: entry.check(request.scalars.get(name, entry.default or 0)) for name, entry in scalars.items()}
    label = next((entry for entry in manifest.inputs if entry.kind == "label"), None)
    labels = request.labels
    if label is None and labels:
        raise ModelError("This model was trained without classes; leave the label away.")
    if label is not None:
        labels = labels or (int(label.default if label.default is not None else -1),)
        for number in set(labels):
            label.check(number)
    if len(labels) not in (0, 1, request.count):
        raise ModelError(f"Give one label, or one for each of the {request.count} samples.")
    if request.interpolation is None and request.start + request.count - 1 > MAX_SEED:
        raise ModelError(f"The numbers of the samples must stay below {MAX_SEED + 1}; start lower or ask for fewer.")
    values_wanted = [entry.name for entry in manifest.inputs if entry.kind == "value"]
    if values_wanted:
        raise ModelError(
            f"This file wants {values_wanted[0]} to be given; sample with the file 'sample.onnx' of the model."
        )
    given = _check_given(manifest, request.given)
    _check_source(manifest, request)
    _check_interpolation(manifest, request)
    return request.model_copy(update={"scalars": values, "labels": labels, "given": given})


def _check_given(manifest: Manifest, given: KnownValues | None) -> KnownValues | None:
    """What is known in the shape that the file takes."""
    if given is None:
        return None
    entry = next((entry for entry in manifest.inputs if entry.kind == "given"), None)
    if entry is None:
        raise ModelError("This model cannot complete what is given; the families autoregressive and diffusion can.")
    values, known = given.values, given.values[given.known]
    if values.dtype != entry.dtype:
        raise ModelError(f"What is given is {values.dtype.name}; this model takes {entry.dtype}.")
    if values.size != math.prod(entry.shape):
        raise ModelError(f"What is given has {values.size} values; an item of this model has {math.prod(entry.shape)}.")
    for value in (known.min(), known.max()) if known.size else ():
        entry.check(value.item())
    return given.shaped(entry.shape)


def _check_source(manifest: Manifest, request: SampleRequest) -> None:
    entry = next((entry for entry in manifest.inputs if entry.kind == "source"), None)
    source = request.source
    if entry is None:
        if source is not None:
            raise ModelError("This model makes its samples from nothing; leave the source away.")
        return
    if source is None:
        raise ModelError("This model translates; give it a source.")
    if source.values.shape not in (entry.shape, (request.count, *entry.shape)):
        raise ModelError(
            f"The source has the shape {list(source.values.shape)}; this model takes {list(entry.shape)} for all "
            f"samples, or one such for each of the {request.count}."
        )
    for value in (source.values.min(), source.values.max()):
        entry.check(value.item())


def _check_interpolation(manifest: Manifest, request: SampleRequest) -> None:
    if request.interpolation is None:
        return
    if not has_way(manifest):
        raise ModelError("The noise of this model is not normal, so it is no latent: nothing lies between two samples.")
    if len(request.interpolation.shares) != request.count:
        raise ModelError(f"Give one share of the way for each of the {request.count} samples.")


def labels_for(manifest: Manifest, wanted: str | int | None, start: int, count: int) -> list[int]:
    """The class of each sample of a request.

    Args:
        manifest: What the file says of itself.
        wanted: Class by name or number, -1 for any; None for every class in turn, by the sample's number.
        start: Number of the first sample.
        count: Number of samples.

    Returns:
        One number for all, one for each, or none where the file knows no classes.

    Raises:
        ModelError: If there is no such class.
    """
    takes_label = any(entry.kind == "label" for entry in manifest.inputs)
    if wanted is None:
        classes = len(manifest.classes)
        return [number % classes for number in range(start, start + count)] if takes_label and classes else []
    if not takes_label:
        raise ModelError("This model was trained without classes; leave the label away.")
    if wanted in manifest.classes:
        return [manifest.classes.index(str(wanted))]
    try:
        return [int(wanted)]
    except ValueError:
        raise ModelError(f"There is no class '{wanted}'; the model has {', '.join(manifest.classes)}.") from None
