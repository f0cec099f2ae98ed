"""Makes the decoder of a model whose sampler's noise is the latent: the sampler itself, with other inputs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
import torch
from torch import Tensor, nn

from studio.core.errors import PluginError
from studio.core.manifest import Input, latent_input
from studio.nn.sampler import Decoding, Sampler, Transform

__all__ = ["decoder_of", "with_latent"]

_LATENT = "latent"


class _Init(nn.Module):
    """A sampler's init that is given all but the fixed numbers."""

    def __init__(self, sampler: Sampler, fixed: dict[str, Tensor]) -> None:
        super().__init__()
        self.init = sampler.init
        self.fixed = [fixed.get(entry.name) for entry in sampler.inputs]

    def forward(self, *given: Tensor) -> Any:
        rest = iter(given)
        return self.init(*[next(rest) if number is None else number for number in self.fixed])


def _fixed(sampler: Sampler, decoding: Decoding) -> dict[str, np.ndarray[Any, Any]]:
    entries = {entry.name: entry for entry in sampler.inputs}
    noise = entries.get(decoding.noise)
    if noise is None or noise.kind != "noise" or noise.distribution == "uniform":
        raise PluginError(f"The sampler has no normal noise '{decoding.noise}' that could be the latent.")
    for name in decoding.fixed:
        if name not in entries or entries[name].kind != "scalar" or name in decoding.defaults:
            raise PluginError(f"The decoding fixes '{name}', which is no number of the sampler, or has a default too.")
    if sampler.certified is not None:
        raise PluginError("A sampler of symbols does not decode: its noise is no latent.")
    return {name: np.array(entries[name].check(value), entries[name].dtype) for name, value in decoding.fixed.items()}


def decoder_of(sampler: Sampler, decoding: Decoding) -> Transform:
    """The decoder as a program of the sampler's own modules.

    Raises:
        PluginError: If the sampler has no such inputs, or draws symbols.
    """
    fixed = {name: torch.from_numpy(value) for name, value in _fixed(sampler, decoding).items()}
    inputs: list[Input] = []
    for entry in sampler.inputs:
        if entry.name == decoding.noise:
            inputs.append(latent_input(entry.shape))
        elif entry.name in decoding.defaults:
            inputs.append(entry.model_copy(update={"default": entry.check(decoding.defaults[entry.name])}))
        elif entry.name not in fixed:
            inputs.append(entry)
    trips = {name: int(number) for name, number in fixed.items()}
    stages = [replace(stage, trip=trips.get(str(stage.trip), stage.trip)) for stage in sampler.stages]
    return Transform(
        inputs,
        _Init(sampler, fixed),
        sampler.finish,
        sampler.codec,
        stages,
        sampler.num_state,
        sampler.opset,
    )


def with_latent(exported: onnx.ModelProto, sampler: Sampler, decoding: Decoding) -> ir.Model:
    """The decoder's graph from that of the sampler; to export the same modules again would take ten times as long."""
    model = ir.serde.deserialize_model(exported)
    fixed = _fixed(sampler, decoding)
    for value in list(model.graph.inputs):
        if value.name == decoding.noise:
            value.name = _LATENT
        elif value.name in fixed:
            model.graph.inputs.remove(value)
            value.const_value = ir.tensor(fixed[value.name], name=value.name)
            model.graph.register_initializer(value)
    return model
