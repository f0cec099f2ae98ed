"""The monotonic rational-quadratic spline of the unit interval (Durkan et al. 2019, arXiv:1906.04032, section 3.1).

Here both ends' derivatives are free and the interval is [0, 1], so that a spline is also a cumulative distribution: a
flow of such splines maps the unit cube to itself, can never leave it, and its base distribution is uniform.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

__all__ = ["initial_parameters", "parameter_count", "spline"]

# Mass that a net cannot take away shows as specks in samples: of 784 black pixels, one in 1 / mass is not black.
_LEAST_BIN = 2.0**-20
_LEAST_SLOPE = 2.0**-20


def parameter_count(bins: int) -> int:
    """Numbers that describe one spline: widths, heights, and slopes at all knots."""
    return 3 * bins + 1


def initial_parameters(bins: int, dense_ends: bool) -> Tensor:
    """Parameters of the identity, shape (3 * bins + 1,).

    Args:
        bins: Number of bins.
        dense_ends: Whether knots lie dense at both ends, from one grey level of 256 on, rather than evenly. Images are
            mostly pure black and white; bins as narrow as a grey level let the first steps already see that.
    """
    half = [2.0 ** min(k, 8) for k in range(bins // 2)]
    dense = half + [half[-1]] * (bins % 2) + half[::-1] if half else [1.0]
    widths = torch.tensor(dense if dense_ends else [1.0] * bins)
    raw = torch.log(widths / widths.sum())
    slope = math.log(math.expm1(1.0 - _LEAST_SLOPE))
    return torch.cat([raw, raw, torch.full((bins + 1,), slope)])


def _knots(raw: Tensor) -> Tensor:
    """Unnormalised bins (..., K) to the knots (..., K + 1) from 0 to 1."""
    bins = raw.shape[-1]
    size = _LEAST_BIN + (1.0 - bins * _LEAST_BIN) * torch.softmax(raw, dim=-1)
    inner = torch.cumsum(size, dim=-1)[..., : bins - 1]
    # The ends are exact, whatever the sum was rounded to.
    end = torch.zeros_like(size[..., :1])
    return torch.cat([end, inner, end + 1.0], dim=-1)


def _slope(raw: Tensor) -> Tensor:
    """Unnormalised slopes to slopes; softplus written out, as ONNX Runtime has none in float64."""
    return _LEAST_SLOPE + raw.clamp(min=0.0) + torch.log(1.0 + torch.exp(-raw.abs()))


def spline(x: Tensor, parameters: Tensor, inverse: bool = False) -> tuple[Tensor, Tensor]:
    """Map values by splines, or back.

    Args:
        x: Values in [0, 1], any shape (...).
        parameters: Parameters of each value's spline, (..., 3 * K + 1), unbounded.
        inverse: Whether to map back.

    Returns:
        Values in [0, 1], and the logarithm of the derivative of the map that was taken, both (...).
    """
    bins = (parameters.shape[-1] - 1) // 3
    if parameters.dtype in (torch.bfloat16, torch.float16):
        # Log-determinants are sums of many small terms: never in half precision.
        x, parameters = x.float(), parameters.float()
    across = _knots(parameters[..., :bins])
    up = _knots(parameters[..., bins : 2 * bins])
    edges = up if inverse else across
    index = (x.unsqueeze(-1) >= edges[..., 1:bins]).sum(-1, keepdim=True)

    def left_and_right(values: Tensor) -> tuple[Tensor, Tensor]:
        return values.gather(-1, index).squeeze(-1), values.gather(-1, index + 1).squeeze(-1)

    x0, x1 = left_and_right(across)
    y0, y1 = left_and_right(up)
    d0, d1 = (_slope(raw) for raw in left_and_right(parameters[..., 2 * bins :]))
    mean_slope = (y1 - y0) / (x1 - x0)
    bend = d0 + d1 - 2.0 * mean_slope
    if inverse:
        # Eq. 6 to 8: the root of a quadratic, in the form that does not cancel.
        offset = x - y0
        a = (y1 - y0) * (mean_slope - d0) + offset * bend
        b = (y1 - y0) * d0 - offset * bend
        c = -mean_slope * offset
        root = (b.square() - 4.0 * a * c).clamp(min=0.0).sqrt()
        share = (2.0 * c / (-b - root)).clamp(0.0, 1.0)
        result = x0 + share * (x1 - x0)
    else:
        share = ((x - x0) / (x1 - x0)).clamp(0.0, 1.0)
        over = (y1 - y0) * (mean_slope * share.square() + d0 * share * (1.0 - share))
        result = y0 + over / (mean_slope + bend * share * (1.0 - share))
    # Eq. 5, the derivative of the forward map at this place.
    rise = d1 * share.square() + 2.0 * mean_slope * share * (1.0 - share) + d0 * (1.0 - share).square()
    below = mean_slope + bend * share * (1.0 - share)
    log_slope = 2.0 * torch.log(mean_slope) + torch.log(rise) - 2.0 * torch.log(below)
    return result.clamp(0.0, 1.0), -log_slope if inverse else log_slope
