"""The two distances between sets of features: Fréchet and kernel, both in float64.

References:
    Heusel et al., GANs trained by a two time-scale update rule, 2017, arXiv:1706.08500, equation 6 (the Fréchet
        distance of two Gaussians; with other features than Inception's it is not called FID).
    Binkowski et al., Demystifying MMD GANs, 2018, arXiv:1801.01401, section 4 (unbiased MMD^2, cubic kernel).
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["frechet_distance", "gaussian_distance", "kernel_distance"]

_CHUNK = 1024


def gaussian_distance(mean_x: Tensor, cov_x: Tensor, mean_y: Tensor, cov_y: Tensor) -> float:
    """Squared Fréchet distance of two Gaussians: |m_x - m_y|^2 + tr(C_x + C_y - 2 (C_x C_y)^(1/2)).

    The product C_x C_y has the eigenvalues of the symmetric C_y^(1/2) C_x C_y^(1/2), which are real and not negative;
    those below zero are rounding.

    Args:
        mean_x: Mean of the one, float64, shape (D,).
        cov_x: Its covariance, shape (D, D); may be singular.
        mean_y: Mean of the other.
        cov_y: Its covariance.
    """
    values, vectors = torch.linalg.eigh(cov_y)
    root = (vectors * values.clamp(min=0.0).sqrt()) @ vectors.T
    product = root @ cov_x @ root
    cross = torch.linalg.eigvalsh((product + product.T) / 2.0).clamp(min=0.0).sqrt().sum()
    distance = (mean_x - mean_y).square().sum() + cov_x.trace() + cov_y.trace() - 2.0 * cross
    return max(0.0, float(distance))


def frechet_distance(x: Tensor, y: Tensor) -> float:
    """Squared Fréchet distance of the Gaussians fitted to two sets of features, (N, D) and (M, D).

    Its bias falls with N and depends on the features: only distances of equal N compare. With fewer items than
    features the covariances are singular; the distance is then finite, but its bias is large.
    """
    mean_x, mean_y = x.double().mean(0), y.double().mean(0)
    root_x = (x - mean_x) / max(1, len(x) - 1) ** 0.5
    root_y = (y - mean_y) / max(1, len(y) - 1) ** 0.5
    if max(len(x), len(y)) >= x.shape[1]:
        return gaussian_distance(mean_x, root_x.T @ root_x, mean_y, root_y.T @ root_y)
    # With C_x = X^T X and C_y = Y^T Y, tr (C_x C_y)^(1/2) is the sum of the singular values of X Y^T, which is smaller.
    cross = torch.linalg.svdvals(root_x @ root_y.T).sum()
    spread = root_x.square().sum() + root_y.square().sum()
    return max(0.0, float((mean_x - mean_y).square().sum() + spread - 2.0 * cross))


def kernel_distance(x: Tensor, y: Tensor, chosen_x: Tensor | None = None, chosen_y: Tensor | None = None) -> Tensor:
    """Unbiased squared maximum mean discrepancy with k(a, b) = (a.b / D + 1)^3; below zero by chance where it is 0.

    Many subsets cost one pass over the kernel: the sum over a subset is w^T K w with w its indicator.

    Args:
        x: Features of one side, (N, D).
        y: Those of the other, (M, D).
        chosen_x: Subsets of x as rows of 0 and 1, (R, N), at least two items each; None for all of them once.
        chosen_y: Subsets of y, (R, M).

    Returns:
        One distance for each subset, float64 (R,).
    """
    x, y = x.double(), y.double()
    chosen_x = x.new_ones(1, len(x)) if chosen_x is None else chosen_x.double()
    chosen_y = y.new_ones(1, len(y)) if chosen_y is None else chosen_y.double()
    size_x, size_y = chosen_x.sum(1), chosen_y.sum(1)
    within_x = _sums(x, x, chosen_x, chosen_x) - chosen_x @ _own(x)
    within_y = _sums(y, y, chosen_y, chosen_y) - chosen_y @ _own(y)
    between = _sums(x, y, chosen_x, chosen_y) / (size_x * size_y)
    return within_x / (size_x * (size_x - 1)) + within_y / (size_y * (size_y - 1)) - 2.0 * between


def _own(x: Tensor) -> Tensor:
    return (x.square().sum(1) / x.shape[1] + 1.0) ** 3


def _sums(x: Tensor, y: Tensor, chosen_x: Tensor, chosen_y: Tensor) -> Tensor:
    total = x.new_zeros(len(chosen_x))
    for first in range(0, len(x), _CHUNK):
        part = slice(first, first + _CHUNK)
        kernel = (x[part] @ y.T / x.shape[1] + 1.0) ** 3
        total += ((chosen_x[:, part] @ kernel) * chosen_y).sum(1)
    return total
