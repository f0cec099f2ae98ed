"""What is written down of samples, in a batch's document and in a picture, to make them again.

It imports no runtime, so that a window and the command line may use it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from studio.core.errors import DataError, ModelError
from studio.core.interpolation import Toward
from studio.core.noise import MAX_SEED
from studio.core.sampling import Manifest
from studio.runtime.request import SampleRequest
from studio.store.gallery import BatchDocument
from studio.version import VERSION

__all__ = ["SampleSettings", "describe_batch", "interpolation_request", "read_settings", "sample_settings"]


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
        toward: As in the request, with the sample's own share.
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
    toward: Toward | None = None

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
            seed=self.seed,
            start=self.index,
            count=1,
            labels=labels,
            scalars=self.scalars,
            given=self.given,
            toward=self.toward,
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
    num_ready = request.count if count is None else count
    return BatchDocument(
        id="",
        model=manifest.model,
        title=manifest.title,
        family=manifest.family,
        file=file,
        spec=manifest.spec,
        classes=manifest.classes,
        seed=request.seed,
        start=request.start,
        count=num_ready,
        labels=request.labels if len(request.labels) < 2 else request.labels[:num_ready],
        scalars=dict(request.scalars),
        given=request.given,
        toward=request.toward.only(slice(num_ready)) if request.toward is not None else None,
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
        "index": batch.number(position),
        "inputs": dict(batch.scalars),
    }
    if batch.given:
        settings["given"] = list(batch.given)
    if batch.toward is not None:
        settings["toward"] = batch.toward.only(slice(position, position + 1)).model_dump(mode="json")
    label = batch.label(position)
    if label is not None:
        settings["inputs"]["label"] = label
        settings["class"] = batch.class_name(position)
    return settings


def interpolation_request(first: SampleSettings, second: SampleSettings, count: int) -> SampleRequest:
    """The request for samples from one to another, both ends included.

    The class is that of the nearer end, in the middle that of the second. All else must be the same, for it is the same
    on the whole way.

    Args:
        first: What made the first sample.
        second: What made the second, of the same model.
        count: Number of samples, at least 2.

    Raises:
        ModelError: If there is no way between the two.
    """
    if (first.model or first.file) != (second.model or second.file):
        raise ModelError("The two samples are of different models; choose two of one model.")
    if first.toward is not None or second.toward is not None:
        raise ModelError("A sample that lies between two others has no noise of its own; choose its ends instead.")
    if first.given != second.given:
        raise ModelError("What is known of the two samples differs; choose two that complete the same picture.")
    for name in sorted(first.inputs.keys() | second.inputs.keys()):
        one, other = first.inputs.get(name, math.nan), second.inputs.get(name, math.nan)
        if one != other and not (name == "label" and not math.isnan(one + other)):
            raise ModelError(
                f"The two samples were drawn with {name} = {one:g} and {name} = {other:g}; choose two drawn alike."
            )
    shares = tuple(number / (count - 1) for number in range(count))
    labels: tuple[int, ...] = ()
    if first.label is not None and second.label is not None:
        labels = tuple(first.label if share < 0.5 else second.label for share in shares)
        labels = labels[:1] if len(set(labels)) == 1 else labels
    return SampleRequest(
        seed=first.seed,
        start=first.index,
        count=count,
        labels=labels,
        scalars=first.scalars,
        given=first.given,
        toward=Toward(seed=second.seed, index=second.index, shares=shares),
    )
