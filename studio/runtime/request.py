"""This file holds a request for samples: what may be asked of a file, and what makes one sample again.

It imports no runtime, so that a window and the command line may use it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from studio.core.errors import DataError, ModelError
from studio.core.noise import MAX_SEED
from studio.core.sampling import Manifest
from studio.store.gallery import BatchDocument
from studio.version import VERSION

__all__ = [
    "SampleRequest",
    "SampleSettings",
    "check_request",
    "describe_batch",
    "labels_for",
    "read_settings",
    "sample_settings",
]


class SampleRequest(BaseModel):
    """What to sample.

    Attributes:
        seed: Seed of the request.
        start: Number of the first sample.
        count: Number of samples.
        labels: Class of each sample, or one for all; empty for the default.
        scalars: Numbers that are not at their default, by input.
        given: What is known of every sample: values of one item in C order, -1 where free; empty where all is free.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = Field(0, ge=0, le=MAX_SEED)
    start: int = Field(0, ge=0, le=MAX_SEED)
    count: int = Field(64, ge=1, le=1_000_000)
    labels: tuple[int, ...] = ()
    scalars: Mapping[str, float] = Field(default_factory=dict)
    given: tuple[int, ...] = ()


class SampleSettings(BaseModel):
    """What the picture of a sample says of how it was made; ``sample_settings`` writes it.

    Attributes:
        model: Id of the model; empty for a file that has none.
        file: Name of the model's file.
        title: Title of the model.
        family: Its family.
        seed: Seed of the request.
        index: Number of the sample.
        inputs: Every number the model took, and the class as ``label``.
        given: What was known of the sample, as in the request.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, protected_namespaces=())

    model: str = ""
    file: str = ""
    title: str = ""
    family: str = ""
    seed: int = Field(ge=0, le=MAX_SEED)
    index: int = Field(ge=0, le=MAX_SEED)
    inputs: Mapping[str, FiniteFloat] = Field(default_factory=dict)
    given: tuple[int, ...] = ()

    @property
    def label(self) -> int | None:
        """Class of the sample; None for a model without classes."""
        return int(self.inputs["label"]) if "label" in self.inputs else None

    @property
    def scalars(self) -> dict[str, float]:
        """The numbers without the class."""
        return {name: value for name, value in self.inputs.items() if name != "label"}

    def request(self) -> SampleRequest:
        """The request that makes this sample again, alone."""
        labels = () if self.label is None else (self.label,)
        return SampleRequest(
            seed=self.seed, start=self.index, count=1, labels=labels, scalars=self.scalars, given=self.given
        )


def read_settings(raw: Mapping[str, Any]) -> SampleSettings:
    """Read the settings that a picture carries; it may be anybody's.

    Raises:
        DataError: If they are not a sample's settings.
    """
    try:
        return SampleSettings.model_validate(dict(raw))
    except ValidationError:
        raise DataError("The settings in the picture are damaged; choose a picture that the studio saved.") from None


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
    if request.start + request.count - 1 > MAX_SEED:
        raise ModelError(f"The numbers of the samples must stay below {MAX_SEED + 1}; start lower or ask for fewer.")
    values_wanted = [entry.name for entry in manifest.inputs if entry.kind == "value"]
    if values_wanted:
        raise ModelError(
            f"This file wants {values_wanted[0]} to be given; sample with the file 'sample.onnx' of the model."
        )
    _check_given(manifest, request.given)
    return request.model_copy(update={"scalars": values, "labels": labels})


def _check_given(manifest: Manifest, given: tuple[int, ...]) -> None:
    if not given:
        return
    entry = next((entry for entry in manifest.inputs if entry.kind == "given"), None)
    if entry is None:
        raise ModelError("This model cannot complete what is given; the families autoregressive and diffusion can.")
    if len(given) != math.prod(entry.shape):
        raise ModelError(f"What is given has {len(given)} values; an item of this model has {math.prod(entry.shape)}.")
    for value in (min(given), max(given)):
        entry.check(value)


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


def describe_batch(
    manifest: Manifest, file: str, request: SampleRequest, provider: str, seconds: float, count: int | None = None
) -> BatchDocument:
    """The document of the samples that a request gave.

    Args:
        manifest: What the file says of itself.
        file: Where the file lies: relative to the workspace, or absolute.
        request: The request as it was answered, every value filled in.
        provider: ONNX Runtime's execution provider that computed them.
        seconds: How long it took.
        count: Number of samples that came, where it was cancelled before the end.
    """
    came = request.count if count is None else count
    return BatchDocument(
        id="",
        model=manifest.model,
        title=manifest.title,
        family=manifest.family,
        file=file,
        classes=manifest.classes,
        seed=request.seed,
        start=request.start,
        count=came,
        labels=request.labels if len(request.labels) < 2 else request.labels[:came],
        scalars=dict(request.scalars),
        given=request.given,
        provider=provider,
        seconds=seconds,
        created=time.time(),
    )


def sample_settings(batch: BatchDocument, position: int) -> dict[str, Any]:
    """Everything that makes one sample of a batch again, fit for JSON and without a local path."""
    settings: dict[str, Any] = {
        "format": 1,
        "studio": VERSION,
        "model": batch.model,
        "file": batch.file.replace("\\", "/").rpartition("/")[2],
        "title": batch.title,
        "family": batch.family,
        "seed": batch.seed,
        "index": batch.start + position,
        "inputs": dict(batch.scalars),
    }
    if batch.given:
        settings["given"] = list(batch.given)
    label = batch.label(position)
    if label is not None:
        settings["inputs"]["label"] = label
        settings["class"] = batch.class_name(position)
    return settings
