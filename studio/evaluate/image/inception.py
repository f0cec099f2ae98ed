"""Looks with an Inception network of the person's own, so that a Fréchet distance can be the one called FID.

The file is the TorchScript of Inception-v3 that the field's code for FID shares (``inception-2015-12-05.pt``). It takes
images uint8 (N, 3, H, W) of any size, resizes them itself as TensorFlow 1 did, and gives the 2,048 features before the
classes when it is called with ``return_features=True`` (Heusel et al. 2017, arXiv:1706.08500). The studio ships none.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

from studio.core.errors import DataError
from studio.evaluate.features import Features, Items, Progress
from studio.evaluate.image.pixels import batches

__all__ = ["InceptionFeatures"]

_DIMS = 2048
_BATCH = 16


class InceptionFeatures:
    """2,048 features of an image.

    Args:
        path: The network. TorchScript can hold any program: give only a file that you trust.

    Raises:
        DataError: If it is not such a network.
    """

    def __init__(self, path: Path) -> None:
        self.name = f"Inception-v3 ({path.name})"
        try:
            self.version = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
            self._net: Any = torch.jit.load(str(path), map_location="cpu").eval()
            shape = tuple(self._look(torch.zeros(2, 3, 32, 32, dtype=torch.uint8)).shape)
        except (OSError, RuntimeError, ValueError, AttributeError) as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0].partition(". ")[0][:160]
            raise DataError(
                f"{path} is not the TorchScript of Inception-v3 that FID is measured with ({reason}); give the file "
                "inception-2015-12-05.pt of the StyleGAN repositories."
            ) from None
        if shape != (2, _DIMS):
            raise DataError(
                f"{path} gives {list(shape[1:])} features of an image; the Inception-v3 that FID is measured with, "
                f"inception-2015-12-05.pt, gives {_DIMS:,}."
            )

    def _look(self, images: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            found: torch.Tensor = self._net(images, return_features=True)
        return found

    def extract(self, items: Items, on_progress: Progress = lambda *_: None) -> Features:
        """Items, uint8 (N, H, W, C), to features, float32 (N, 2048)."""
        rows = []
        for x in batches(items, _BATCH, on_progress):
            images = (x * 255.0).round().to(torch.uint8).expand(-1, 3, -1, -1)
            rows.append(self._look(images).to(torch.float32).numpy())
        return np.concatenate(rows)
