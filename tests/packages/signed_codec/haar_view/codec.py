"""One level of the Haar wavelet: of each 2 x 2 block its average and three signed differences."""

import math

import torch
from torch import nn

from studio.api import PluginError, noise_input

# Rows are orthonormal after halving, so that the turn keeps volumes and its transpose undoes it.
HAAR = ((1, 1, 1, 1), (1, -1, 1, -1), (1, 1, -1, -1), (1, -1, -1, 1))


class HaarCodec(nn.Module):
    """Pictures uint8 (N, H, W, C) to coefficients (N, 4C, H/2, W/2) in [-1, 1], the averages of all channels first."""

    # A coefficient is a sum of grey levels and stands on none of them.
    levels = 0
    tolerance = 0.05

    def __init__(self, item_shape, view):
        super().__init__()
        height, width, channels = item_shape
        if view.binarise:
            raise PluginError("The Haar view knows no black and white; choose another likelihood, such as logistic.")
        if height % 2 or width % 2:
            raise PluginError(f"The Haar view wants an even height and width, not {height} x {width}; resize the data.")
        self.shape = (4 * channels, height // 2, width // 2)
        self.dims = height * width * channels
        self.item_shape, self.dequantise = tuple(item_shape), view.dequantise
        self.likelihood_protocol = "8-bit, uniform dequantisation" if view.dequantise else "grey levels as real numbers"
        self.register_buffer("turn", torch.tensor(HAAR, dtype=torch.float32) / 2, persistent=False)

    def noise_inputs(self):
        return [noise_input(self.item_shape, "noise.dequantisation", "uniform")] if self.dequantise else []

    def blocks(self, pictures):
        """(N, H, W, C) to the four pixels of each block, (N, 4, C, H/2, W/2)."""
        x = pictures.permute(0, 3, 1, 2).unflatten(2, (-1, 2)).unflatten(4, (-1, 2))
        return x.permute(0, 3, 5, 1, 2, 4).flatten(1, 2)

    def coefficients(self, pictures):
        """Grey levels from 0 to 256, float32 (N, H, W, C), to half the orthonormal coefficients of [-1, 1]."""
        x = self.blocks(pictures / 128 - 1)
        return 0.5 * torch.einsum("kp,npchw->nkchw", self.turn, x).flatten(1, 2)

    def encode(self, items, noise=None):
        x = items.float()
        if not self.dequantise:
            return self.coefficients(x + 0.5)
        return self.coefficients(x + (torch.rand_like(x) if noise is None else noise))

    def encode_known(self, given):
        """A coefficient is known where its whole block is."""
        known = (self.blocks(given) >= 0).all(1, keepdim=True).expand(-1, 4, -1, -1, -1).flatten(1, 2)
        return self.coefficients(given.float() + 0.5), known

    def log_det(self, items):
        """A grey level is 1/128 wide, half that after halving; the turn changes no volume."""
        return torch.full(items.shape[:1], -self.dims * math.log(256.0), device=items.device)

    def decode(self, view):
        """Grey levels as real numbers, float32 (N, H, W, C)."""
        x = 2 * torch.einsum("kp,nkchw->npchw", self.turn, view.float().unflatten(1, (4, -1)))
        x = x.unflatten(1, (2, 2)).permute(0, 4, 1, 5, 2, 3).flatten(3, 4).flatten(1, 2)
        return ((x + 1) * 128 - 0.5).clamp(0, 255)

    def settle(self, decoded):
        return decoded.round().to(torch.uint8)
