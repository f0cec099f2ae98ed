"""This file opens an exported file: checked first, as a single file, with the execution provider it really got."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from pydantic import ValidationError

from studio.core.certificate import check_certificate
from studio.core.device import count_nvidia_gpus
from studio.core.errors import ModelError
from studio.core.memory import memory_limit
from studio.core.sampling import MANIFEST_FORMAT, MANIFEST_KEY, Input, Manifest
from studio.core.words import readable_size

__all__ = ["MemoryShortError", "OnnxModel", "check_file"]

_MAX_BYTES = 2**31
_MAX_MANIFEST_BYTES = 4 * 2**20
# Checking and loading takes some times the file's size; each thread has a stack.
_LOADING_TIMES, _LOADING_BYTES, _THREAD_BYTES = 8, 2**30, 16 * 2**20
_RUNNING_GB = 4.0
_MEMORY_VARIABLE = "STUDIO_SAMPLER_MEMORY"
_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


def _graphs(graph: onnx.GraphProto) -> Iterable[onnx.GraphProto]:
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _graphs(attribute.g)
            for nested in attribute.graphs:
                yield from _graphs(nested)


def _tensors(graph: onnx.GraphProto) -> Iterable[onnx.TensorProto]:
    for inner in _graphs(graph):
        yield from inner.initializer
        for sparse in inner.sparse_initializer:
            yield from (sparse.values, sparse.indices)
        for node in inner.node:
            for attribute in node.attribute:
                if attribute.HasField("t"):
                    yield attribute.t
                yield from attribute.tensors


def check_file(path: Path) -> onnx.ModelProto:
    """Check that a file is one whole, sound ONNX model before any runtime sees it.

    Raises:
        ModelError: If it is missing, too large, damaged, refers to other files or needs operators of its own.
    """
    try:
        size = path.stat().st_size
        if path.is_file() and size >= _MAX_BYTES:
            raise ModelError(f"{path} has {readable_size(size)}; an ONNX file in one piece stays below 2 GB.")
        if not path.is_file() or not size:
            raise ModelError(f"{path} is not an ONNX file; give the .onnx file that 'studio export' wrote.")
        model = onnx.load_model(path, load_external_data=False)
        outside = any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in _tensors(model.graph))
        if outside:
            raise ModelError(f"{path} keeps its weights in other files; the studio opens models in one file only.")
        foreign = [entry.domain for entry in model.opset_import if entry.domain not in ("", "ai.onnx", "ai.onnx.ml")]
        if foreign:
            raise ModelError(f"{path} needs operators of '{foreign[0]}', which are not part of ONNX.")
        onnx.checker.check_model(model, full_check=True)
    except ModelError:
        raise
    except MemoryError:
        raise MemoryShortError(_short(path.name, _loading_bytes(path))) from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}.") from None
    except Exception as error:
        reason = " ".join(str(error).split())[:160]
        raise ModelError(f"{path} is damaged or not an ONNX file ({reason}); export the model again.") from None
    return model


def _read_manifest(path: Path, model: onnx.ModelProto) -> Manifest:
    for entry in model.metadata_props:
        if entry.key == MANIFEST_KEY:
            if len(entry.value) > _MAX_MANIFEST_BYTES:
                size = readable_size(len(entry.value))
                raise ModelError(f"The manifest of {path} has {size}, which is no studio's; export the model again.")
            try:
                raw = json.loads(entry.value)
                if len(json.dumps(raw, allow_nan=False)) > _MAX_MANIFEST_BYTES:
                    raise ValueError("longer than it looks")
                if int(raw.get("format", 0)) > MANIFEST_FORMAT:
                    raise ModelError(f"{path} was exported by a newer studio; update the studio to sample it.")
                return check_certificate(path, Manifest.model_validate({**raw, "edited": False}))
            except (ValueError, TypeError, AttributeError, ValidationError, RecursionError):
                raise ModelError(f"The manifest of {path} is damaged; export the model again.") from None
    if not model.graph.output:
        raise ModelError(f"{path} has no output, so there is nothing to sample; export the model again.")
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = tuple(_generic_input(path, value) for value in model.graph.input if value.name not in weights)
    return Manifest(inputs=inputs, title=path.stem, output=model.graph.output[0].name)


def _generic_input(path: Path, value: onnx.ValueInfoProto) -> Input:
    """What can be known of a foreign file's input: real numbers with a batch axis are noise, single ones scalars."""
    tensor = value.type.tensor_type
    kinds: dict[int, str] = {onnx.TensorProto.FLOAT: "float32", onnx.TensorProto.INT64: "int64"}
    axes = tensor.shape.dim
    if tensor.elem_type in kinds:
        dtype: Any = kinds[tensor.elem_type]
        if not axes:
            return Input(name=value.name, kind="scalar", dtype=dtype, default=1)
        if len(axes) == 1 and dtype == "int64":
            return Input(name=value.name, kind="label", dtype=dtype, default=0)
        if dtype == "float32" and all(axis.dim_value > 0 for axis in axes[1:]):
            shape = tuple(axis.dim_value for axis in axes[1:])
            return Input(name=value.name, kind="noise", shape=shape, distribution="normal")
    raise ModelError(
        f"{path} has no manifest, and its input '{value.name}' cannot be guessed; it is not from a studio."
    )


class MemoryShortError(ModelError):
    """A file wants more memory than it may have."""


def _is_memory(error: Exception) -> bool:
    """Whether a runtime means by an error that an allocation failed."""
    return isinstance(error, MemoryError) or bool(re.search(r"bad.alloc|allocate memory|bfc_arena", str(error)))


def _short(name: str, limit: int) -> str:
    return (
        f"{name} wants more than the {readable_size(limit)} of memory that a model may have, or than is free here; "
        f"close other programs, or where you trust it allow more by {_MEMORY_VARIABLE}=GB in the environment."
    )


def _loading_bytes(path: Path) -> int:
    """What checking and loading a file may take; also the runtime's threads, which begin with it."""
    size = path.stat().st_size if path.is_file() else 0
    return max(_LOADING_BYTES + _LOADING_TIMES * size + _THREAD_BYTES * (os.cpu_count() or 1), _running_bytes() // 4)


def _running_bytes() -> int:
    """What a run may take on top of what is loaded."""
    try:
        gigabytes = float(os.environ.get(_MEMORY_VARIABLE, _RUNNING_GB))
    except ValueError:
        gigabytes = math.nan
    if not 0 < gigabytes < 2**20:
        raise ModelError(f"{_MEMORY_VARIABLE} must be a number of gigabytes, such as 8.")
    return int(gigabytes * 2**30)


class OnnxModel:
    """An exported file in a runtime session.

    Args:
        path: The file.
        provider: ``auto``, ``cpu`` or ``cuda``.
        threads: CPU threads; 0 for as many as there are cores.

    Attributes:
        manifest: What the file says of itself; made up from its inputs where it is a foreign one.
        provider: The execution provider that the session really has.

    Raises:
        ModelError: If the file cannot be used, or the provider asked for cannot be had.
    """

    def __init__(self, path: Path, provider: str = "auto", threads: int = 0) -> None:
        self.path = path
        self._running_bytes = _running_bytes()
        with memory_limit(_loading_bytes(path)):
            self.manifest = _read_manifest(path, check_file(path))
        wanted = provider
        if provider == "auto":
            wanted = "cuda" if count_nvidia_gpus() and self._has("cuda") else "cpu"
        if wanted not in _PROVIDERS:
            raise ModelError(f"'{provider}' is not a provider; use auto, cpu or cuda.")
        if not self._has(wanted):
            raise ModelError(f"This installation of onnxruntime has no {wanted} provider; 'studio doctor' says more.")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = threads or int(os.environ.get("STUDIO_THREADS", "0"))
        if wanted == "cuda":
            # CUDA's libraries come with torch's wheels; without this call the provider does not find them.
            onnxruntime.preload_dlls()
        providers = [_PROVIDERS[wanted]] + ([_PROVIDERS["cpu"]] if wanted != "cpu" else [])
        # CUDA maps more than it uses.
        self._limited = wanted == "cpu"
        try:
            with memory_limit(_loading_bytes(path)) if self._limited else nullcontext():
                self.session = onnxruntime.InferenceSession(str(path), options, providers=providers)
        except Exception as error:
            if _is_memory(error):
                raise MemoryShortError(_short(path.name, _loading_bytes(path))) from None
            reason = " ".join(str(error).split())[:160]
            raise ModelError(f"{path} cannot be loaded ({reason}); export the model again.") from None
        self.provider: str = self.session.get_providers()[0]
        if provider == "cuda" and self.provider != _PROVIDERS["cuda"]:
            raise ModelError(
                "CUDA was asked for, but onnxruntime could not start it; 'studio doctor' names what is missing."
            )

    @staticmethod
    def _has(provider: str) -> bool:
        return _PROVIDERS[provider] in onnxruntime.get_available_providers()

    def run(
        self,
        feed: Mapping[str, np.ndarray[Any, Any]],
        outputs: Sequence[str] | None = None,
        options: onnxruntime.RunOptions | None = None,
    ) -> list[np.ndarray[Any, Any]]:
        """Run once.

        Raises:
            ModelError: If the inputs do not fit or the run fails; a run that was terminated raises too.
        """
        names = list(outputs) if outputs is not None else [self.manifest.output]
        try:
            with memory_limit(self._running_bytes) if self._limited else nullcontext():
                found = list(self.session.run(names, dict(feed), options))
        except Exception as error:
            if _is_memory(error):
                raise MemoryShortError(_short(self.path.name, self._running_bytes)) from None
            reason = " ".join(str(error).split())[:200]
            raise ModelError(f"{self.path.name} cannot be run: {reason}") from None
        for name, array in zip(names, found, strict=True):
            if not isinstance(array, np.ndarray) or array.dtype.kind not in "buif" or not array.ndim:
                raise ModelError(f"The output '{name}' of {self.path.name} is no array of numbers with a batch axis.")
        return found
