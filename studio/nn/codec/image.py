"""The codecs of images: between images as stored and the views that families model.

Images are uint8 (N, H, W, C). The continuous view is float32 (N, C, H, W) in [-1, 1], plain, dequantised or binarised;
the token view is int64 (N, L) in raster order: levels of single values, or small patches of pixels of few levels.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from studio.core.errors import SettingsError
from studio.core.manifest import Input, item_noise_input, noise_input
from studio.core.modality import ImageSpec
from studio.core.spec import Continuous, Tokens
from studio.nn.token_sampler import agreeing

__all__ = ["ContinuousImageCodec", "TokenImageCodec"]

BINARISED = "dynamically binarised"
# More symbols than this cost a network more than the shorter sequence saves.
_MOST_SYMBOLS = 1024
# A twentieth of a grey level.
_TOLERANCE = 1e-4


def _quantise(unit: Tensor) -> Tensor:
    """Items in [0, 1] to uint8; the added half rounds to nearest as every runtime truncates alike."""
    return (unit.clamp(0.0, 1.0) * 255.0 + 0.5).to(torch.uint8)


class ContinuousImageCodec(nn.Module):
    """Images as real numbers in [-1, 1].

    Attributes:
        shape: (C, H, W).
    """

    levels = 256
    tolerance = _TOLERANCE

    def __init__(self, spec: ImageSpec, view: Continuous) -> None:
        super().__init__()
        height, width, channels = spec.shape
        self.shape: tuple[int, ...] = (channels, height, width)
        self._stored = spec.shape
        self.dims = height * width * channels
        self.view = view
        # Log of the volume that one grey level of every value has in the view: what turns a density into a probability.
        step = 1.0 if view.binarise else 128.0 if view.dequantise else 127.5
        self._log_volume = -self.dims * math.log(step)

    @property
    def likelihood_protocol(self) -> str:
        """What a likelihood of this view is a likelihood of, in words."""
        if self.view.binarise:
            return BINARISED
        return "8-bit, uniform dequantisation" if self.view.dequantise else "8-bit"

    def noise_inputs(self) -> list[Input]:
        """The draw of the binarisation, which says which item is meant; or that of the dequantisation."""
        if self.view.binarise:
            return [item_noise_input(self._stored)]
        return [noise_input(self._stored, "noise.dequantisation", "uniform")] if self.view.dequantise else []

    def encode(self, items: Tensor, noise: Tensor | None = None) -> Tensor:
        """Images uint8 (N, H, W, C) to float32 (N, C, H, W) in [-1, 1].

        Where the view is random, it is so by ``noise``, uniform in [0, 1) and shaped like the items, drawn if None.
        """
        x = items.permute(0, 3, 1, 2).to(torch.float32)
        if not self.view.binarise and not self.view.dequantise:
            return x / 127.5 - 1.0
        uniform = torch.rand_like(x) if noise is None else noise.permute(0, 3, 1, 2)
        if self.view.binarise:
            return (uniform * 255.0 < x).to(torch.float32) * 2.0 - 1.0
        # One grey level is 1/256 wide, so that the density covers [0, 1] without gaps.
        return (x + uniform) / 128.0 - 1.0

    def encode_known(self, items: Tensor) -> tuple[Tensor, Tensor]:
        """Images int64 (N, H, W, C), -1 where a value is free, to the plain view (N, C, H, W) and where it counts."""
        x = items.permute(0, 3, 1, 2)
        return x.to(torch.float32) / 127.5 - 1.0, x >= 0

    def log_det(self, items: Tensor) -> Tensor:
        """Log of the volume of one grey level of every value in the view, the same for all images, (N,)."""
        return torch.full(items.shape[:1], self._log_volume, device=items.device)

    def decode(self, view: Tensor) -> Tensor:
        """The view to float32 (N, H, W, C) in [0, 1]; values outside are cut."""
        unit = view * 0.5 + 0.5
        if self.view.dequantise:
            # The middle of level k lies at (k + 0.5) / 256; settle wants k / 255.
            unit = (unit * 256.0 - 0.5) / 255.0
        return unit.clamp(0.0, 1.0).permute(0, 2, 3, 1)

    def settle(self, decoded: Tensor) -> Tensor:
        """Values in [0, 1] to uint8."""
        return _quantise(decoded)


class TokenImageCodec(nn.Module):
    """Images as symbols in raster order; where each value is a symbol, channel innermost.

    A value becomes the nearest of the view's levels, and a level the value that it stands for.

    Attributes:
        shape: (L,), the number of symbols.
        vocab_size: Number V of different symbols.
        patterns: Levels of the K values of each symbol, int64 (V, K).
    """

    tolerance = _TOLERANCE

    def __init__(self, spec: ImageSpec, view: Tokens) -> None:
        super().__init__()
        if not 2 <= view.levels <= 256:
            raise SettingsError(f"levels = {view.levels} must lie between 2 and 256.")
        palette = _palette_of(view)
        self.height, self.width, self.channels = self._stored = spec.shape
        self.dims, self.levels = math.prod(spec.shape), view.levels
        self.view = view
        self.side = max(1, view.patch)
        self.rows, self.columns = -(-self.height // self.side), -(-self.width // self.side)
        # Values of a patch, and how many symbols say what they are.
        values = self.side**2 * self.channels
        symbols = 1 if view.patch else self.channels
        self.shape: tuple[int, ...] = (self.rows * self.columns * symbols,)
        self.vocab_size = view.levels ** (values // symbols)
        if self.vocab_size > _MOST_SYMBOLS:
            raise SettingsError(
                f"Patches of {self.side} x {self.side} pixels of {self.channels} x {view.levels} levels make "
                f"{self.vocab_size:,} symbols, of which there may be {_MOST_SYMBOLS:,}: lower patch or levels."
            )
        self.register_buffer("powers", view.levels ** torch.arange(values // symbols), persistent=False)
        self.powers: Tensor
        patterns = torch.arange(self.vocab_size)[:, None] // self.powers % view.levels
        self.register_buffer("patterns", patterns, persistent=False)
        self.patterns: Tensor
        values_of_levels = torch.tensor(palette)
        self.register_buffer("palette", values_of_levels.to(torch.float32), persistent=False)
        self.palette: Tensor
        nearest = (torch.arange(256)[:, None] - values_of_levels).abs().argmin(1)
        self.register_buffer("nearest", nearest, persistent=False)
        self.nearest: Tensor

    @property
    def likelihood_protocol(self) -> str:
        """What a likelihood of this view is a likelihood of, in words."""
        if self.view.levels == 2:
            return BINARISED
        if self.view.levels == 256:
            return "8-bit"
        return f"{self.view.levels} {'fitted ' if self.view.palette else ''}levels a value"

    def noise_inputs(self) -> list[Input]:
        """The draw of the binarisation, of two levels; else none."""
        return [item_noise_input(self._stored)] if self.view.levels == 2 else []

    def encode(self, items: Tensor, noise: Tensor | None = None) -> Tensor:
        """Images uint8 (N, H, W, C) to int64 (N, L).

        Two levels are drawn with the intensity as probability, by ``noise``, uniform in [0, 1) and shaped like the
        items, drawn if None.
        """
        if self.view.levels == 2:
            uniform = torch.rand(items.shape, device=items.device) if noise is None else noise
            levels = (uniform * 255.0 < items).to(torch.int64)
        else:
            levels = self.nearest[items.to(torch.int64)]
        return (self._split(levels) * self.powers).sum(-1)

    def encode_known(self, items: Tensor) -> Tensor:
        """Images int64 (N, H, W, C) with -1 where a value is free, to the levels of each symbol's values (N, L, K).

        A level is -1 where it is free; what fills patches up is known to be level 0.
        """
        return self._split(torch.where(items >= 0, self.nearest[items.clamp(min=0)], -1))

    def allowed(self) -> Tensor | None:
        """Which symbols a place can have, bool (L, V): those that fill up with 0; None where nothing is filled up."""
        if self.rows * self.side == self.height and self.columns * self.side == self.width:
            return None
        free = self.encode_known(torch.full((1, self.height, self.width, self.channels), -1))
        return agreeing(free, self.patterns)[0]

    def _split(self, values: Tensor) -> Tensor:
        """Values (N, H, W, C) to the values of each symbol, (N, L, values of a symbol)."""
        side = self.side
        pad = (0, 0, 0, self.columns * side - self.width, 0, self.rows * side - self.height)
        grid = nn.functional.pad(values, pad).unflatten(2, (self.columns, side)).unflatten(1, (self.rows, side))
        return grid.permute(0, 1, 3, 2, 4, 5).reshape(-1, *self.shape, len(self.powers))

    def log_det(self, items: Tensor) -> Tensor:
        """Symbols have no volume: 0 for each image, (N,)."""
        return torch.zeros(items.shape[:1], device=items.device)

    def decode(self, view: Tensor) -> Tensor:
        """Symbols int64 (N, L) to float32 (N, H, W, C) in [0, 1], the values that the levels stand for."""
        side = self.side
        levels = torch.fmod(torch.div(view.unsqueeze(-1), self.powers, rounding_mode="floor"), self.view.levels)
        grid = levels.reshape(-1, self.rows, self.columns, side, side, self.channels).permute(0, 1, 3, 2, 4, 5)
        image = grid.reshape(-1, self.rows * side, self.columns * side, self.channels)[:, : self.height, : self.width]
        return self.palette[image] / 255.0

    def settle(self, decoded: Tensor) -> Tensor:
        """Values in [0, 1] to uint8."""
        return _quantise(decoded)


def _palette_of(view: Tokens) -> tuple[int, ...]:
    """The value of each level, in [0, 255]."""
    palette = view.palette or tuple(round(255.0 * level / (view.levels - 1)) for level in range(view.levels))
    rises = sorted(set(palette)) == list(palette) and palette[0] >= 0 and palette[-1] <= 255
    if len(palette) != view.levels or not rises:
        raise SettingsError(f"The palette {palette} must be {view.levels} rising values from 0 to 255.")
    return palette
