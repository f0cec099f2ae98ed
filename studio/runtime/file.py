"""Checks an exported file before any runtime sees it, and reads what it says of itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import onnx
from pydantic import ValidationError

from studio.core.certificate import check_certificate
from studio.core.errors import ModelError
from studio.core.manifest import MANIFEST_FORMAT, MANIFEST_KEY, Input, Manifest
from studio.core.words import readable_size
from studio.runtime.memory import MemoryShortError, loading_bytes

__all__ = ["check_file", "read_manifest"]

_MAX_BYTES = 2**31
_MAX_MANIFEST_BYTES = 4 * 2**20


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
        raise MemoryShortError(path.name, loading_bytes(path)) from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}.") from None
    except Exception as error:
        reason = " ".join(str(error).split())[:160]
        raise ModelError(f"{path} is damaged or not an ONNX file ({reason}); export the model again.") from None
    return model


def read_manifest(path: Path, model: onnx.ModelProto) -> Manifest:
    """What a file says of itself; made up from its inputs where it is a foreign one.

    Raises:
        ModelError: If it is damaged, from a newer studio, or nothing can be guessed.
    """
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
