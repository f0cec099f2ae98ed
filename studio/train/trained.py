"""A trained model as a plugin's hooks see it: the weights of a checkpoint, put into fresh modules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from studio.core.errors import ModelError
from studio.core.manifest import Input, label_input
from studio.core.modality import DataSpec
from studio.core.protocol import Module
from studio.core.spec import Continuous, Tokens
from studio.train.checkpoint import Checkpoint
from studio.train.extensions import RunExtensions

__all__ = ["TrainedModel", "averaged_weights", "prefixed"]


def prefixed(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """The tensors of one module, without its name."""
    return {key[len(name) + 1 :]: value for key, value in tensors.items() if key.startswith(f"{name}/")}


def averaged_weights(checkpoint: Checkpoint) -> dict[str, Tensor]:
    """The weights to sample with: the average of a module where it has one, else its own."""
    return {**checkpoint.tensors["modules"], **checkpoint.tensors["averaged"]}


class TrainedModel:
    """What ``studio_sample`` and the abilities are handed.

    Args:
        family: Id of the family.
        settings: The family's settings of the run.
        spec: What the items of the data set have in common.
        weights: Tensors by ``module/parameter``.
        device: Where the modules are put.
        extensions: What plugins bring beside the family.
    """

    def __init__(
        self,
        family: str,
        settings: Any,
        spec: DataSpec,
        weights: Mapping[str, Tensor],
        device: torch.device | str = "cpu",
        extensions: RunExtensions | None = None,
    ) -> None:
        self.family = family
        self.settings = settings
        self.spec = spec
        self.device = torch.device(device)
        self._weights = weights
        self._extensions = extensions or RunExtensions()

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; empty for a model without a condition."""
        return self.spec.classes

    def label_inputs(self) -> list[Input]:
        """The input for the class of each item where there are classes, else none."""
        return [label_input(len(self.classes))] if self.classes else []

    def codec(self, view: Continuous | Tokens) -> nn.Module:
        """The codec between items and a view, on the model's device."""
        return self._extensions.make_codec(self.spec, view).to(self.device).eval()

    def module(self, name: str, net: Module) -> Module:
        """Fill a freshly made net with the trained weights of that name, in eval mode.

        Raises:
            ModelError: If the training had no such module, or one of another shape.
        """
        weights = prefixed(self._weights, name)
        if not weights and net.state_dict():
            raise ModelError(
                f"The training has no module '{name}': it is of an earlier version of the family, so train again; a "
                "plugin's author must name it alike in studio_train and studio_sample."
            )
        try:
            net.load_state_dict(weights)
        except RuntimeError as error:
            raise ModelError(
                f"The weights of '{name}' do not fit the network that the plugin makes now; "
                "it is of another version of the family, so train again. "
                f"({str(error).splitlines()[-1].strip()})"
            ) from None
        return net.to(self.device).eval().requires_grad_(False)
