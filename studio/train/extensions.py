"""What plugins bring to a run beside its family: another codec, and transforms of the items it learns from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from torch import nn

from studio.core.errors import PluginError, explain
from studio.core.extension import Array, ItemCodec, ItemTransform
from studio.core.modality import DataSpec
from studio.core.settings import TrainSettings, extension_names
from studio.core.spec import Continuous, Tokens
from studio.core.words import one_line
from studio.hooks.loader import load_extension
from studio.nn.codec import make_codec

__all__ = ["RunExtensions", "load_extensions"]

_CODEC = ("shape", "dims", "levels", "tolerance", "likelihood_protocol")
_CODEC_CALLS = ("noise_inputs", "encode", "encode_known", "log_det", "decode", "settle")


@dataclass(frozen=True)
class RunExtensions:
    """What plugins bring to a run.

    Attributes:
        codec: The codec that takes the place of the studio's own for its view; None for the studio's.
        transforms: What changes the items of a batch, one after the other.
    """

    codec: ItemCodec | None = None
    transforms: tuple[ItemTransform, ...] = ()

    def make_codec(self, spec: DataSpec, view: Continuous | Tokens) -> nn.Module:
        """The codec between items and a view.

        Raises:
            PluginError: If the plugin's does not keep the contract.
            SettingsError: If the modality has no such view.
        """
        chosen = self.codec
        if chosen is None or (chosen.view == "tokens") != isinstance(view, Tokens):
            return make_codec(spec, view)
        try:
            codec = chosen.build(spec, view)
        except PluginError:
            raise
        except Exception as error:
            raise PluginError(f"The codec '{chosen.title}' cannot be made: {one_line(explain(error))}.") from error
        missing = [name for name in _CODEC if not hasattr(codec, name)]
        missing += [name for name in _CODEC_CALLS if not callable(getattr(codec, name, None))]
        if not isinstance(codec, nn.Module) or missing:
            what = f"has no {', '.join(missing)}" if missing else "is no torch.nn.Module"
            raise PluginError(f"The codec '{chosen.title}' gave {type(codec).__name__}, which {what}.")
        return codec

    def transform(
        self, items: Array, labels: npt.NDArray[np.int64], seed: int, step: int
    ) -> tuple[Array, npt.NDArray[np.int64]]:
        """The items of a training step as they are learned from.

        Args:
            items: Items as stored, (B, ...).
            labels: Class of each, -1 for none.
            seed: Seed of the run.
            step: The step; the same step gets the same numbers, whatever was trained before.

        Raises:
            PluginError: If a transform fails, or gives something else than such items.
        """
        for number, transform in enumerate(self.transforms):
            generator = np.random.default_rng([seed, step, number])
            try:
                # A copy: what it does in place is not to reach the data set.
                changed = transform.apply(items.copy(), labels.copy(), generator)
            except Exception as error:
                raise PluginError(f"The transform '{transform.title}' failed: {one_line(explain(error))}.") from error
            if not isinstance(changed, np.ndarray) or changed.shape != items.shape or changed.dtype != items.dtype:
                what = f"{changed.dtype} {list(changed.shape)}" if isinstance(changed, np.ndarray) else type(changed)
                raise PluginError(
                    f"The transform '{transform.title}' gave {what}, not {items.dtype} {list(items.shape)} as it got."
                )
            items = np.ascontiguousarray(changed)
        return items, labels


def load_extensions(train: TrainSettings, off: Collection[str] = ()) -> RunExtensions:
    """Load what the settings of a run name.

    Raises:
        PluginError: If a plugin does not bring it, or is broken.
    """
    codecs = [load_extension(ItemCodec, *name, off) for name in extension_names(train.codec)]
    transforms = [load_extension(ItemTransform, *name, off) for name in extension_names(train.transforms)]
    return RunExtensions(codecs[0] if codecs else None, tuple(transforms))
