"""What is written down of samples, in a batch's document and in a picture, to make them again.

It imports no runtime, so that a window and the command line may use it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from studio.core.errors import DataError, ModelError
from studio.core.interpolation import InterpolationPath
from studio.core.manifest import Manifest
from studio.core.request import SampleRequest
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
        request: The request that makes this sample again, alone.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, protected_namespaces=())

    model: str = ""
    file: str = ""
    title: str = ""
    family: str = ""
    request: SampleRequest

    @property
    def inputs(self) -> dict[str, float]:
        """Every number the model took, and the class as ``label``."""
        label = self.request.label(0)
        return {**self.request.scalars, **({} if label is None else {"label": label})}


def read_settings(raw: Mapping[str, Any]) -> SampleSettings:
    """Read the settings that a picture carries, or that lie beside a file of samples; they may be anybody's.

    Beside a file of samples stand their ``count`` and their ``labels``, and the source of each where they differ.

    Raises:
        DataError: If they are not a sample's settings.
    """
    try:
        inputs = dict(raw.get("inputs", {}))
        label = inputs.pop("label", None)
        count = raw.get("count", 1)
        own = () if label is None else (label,)
        request = {
            "seed": raw["seed"],
            "start": raw["index"],
            "count": count,
            "labels": tuple(raw["labels"]) if count != 1 and "labels" in raw else own,
            "scalars": inputs,
            "given": raw.get("given"),
            "source": raw.get("source"),
            "interpolation": raw.get("toward") if count == 1 else None,
        }
        return SampleSettings.model_validate({**raw, "request": request})
    except (ValidationError, ValueError, KeyError, TypeError):
        raise DataError("The settings of the samples are damaged; choose a file that the studio saved.") from None


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
    return BatchDocument(
        id="",
        model=manifest.model,
        title=manifest.title,
        family=manifest.family,
        file=file,
        spec=manifest.spec,
        classes=manifest.classes,
        request=request if count is None else request.first(count),
        provider=provider,
        seconds=seconds,
        created=time.time(),
    )


def sample_settings(batch: BatchDocument, position: int) -> dict[str, Any]:
    """Everything that makes one sample of a batch again, fit for JSON and without a local path."""
    alone = batch.request.only(position)
    settings: dict[str, Any] = {
        # 2: what is known is an array, no list.
        "format": 2,
        "studio": VERSION,
        "model": batch.model,
        "file": batch.file.replace("\\", "/").rpartition("/")[2],
        "title": batch.title,
        "family": batch.family,
        "seed": alone.seed,
        "index": alone.start,
        "inputs": dict(alone.scalars),
    }
    if alone.given is not None:
        settings["given"] = alone.given.to_json()
    if alone.source is not None:
        settings["source"] = alone.source.to_json()
    if alone.interpolation is not None:
        settings["toward"] = alone.interpolation.model_dump(mode="json")
    label = alone.label(0)
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
    near, far = first.request, second.request
    if near.interpolation is not None or far.interpolation is not None:
        raise ModelError("A sample that lies between two others has no noise of its own; choose its ends instead.")
    if near.given != far.given:
        raise ModelError("What is known of the two samples differs; choose two that complete the same picture.")
    for name in sorted(first.inputs.keys() | second.inputs.keys()):
        one, other = first.inputs.get(name, math.nan), second.inputs.get(name, math.nan)
        if one != other and not (name == "label" and not math.isnan(one + other)):
            raise ModelError(
                f"The two samples were drawn with {name} = {one:g} and {name} = {other:g}; choose two drawn alike."
            )
    shares = tuple(number / (count - 1) for number in range(count))
    labels: tuple[int, ...] = ()
    if near.labels and far.labels:
        labels = tuple((near if share < 0.5 else far).labels[0] for share in shares)
        labels = labels[:1] if len(set(labels)) == 1 else labels
    path = InterpolationPath(seed=far.seed, index=far.start, shares=shares)
    return near.model_copy(update={"count": count, "labels": labels, "interpolation": path})
