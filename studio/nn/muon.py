"""Parts a net's parameters between Muon, for the matrices of its transformer blocks, and AdamW.

Muon (Jordan et al. 2024, kellerjordan.github.io/posts/muon) orthogonalises the update of a matrix. Its step is scaled
to that of AdamW (Liu et al. 2025, arXiv:2502.16982, section 2.2), so that one learning rate serves both.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

__all__ = ["muon_and_adamw"]


def muon_and_adamw(
    net: nn.Module, matrices: Sequence[nn.Parameter], lr: float, weight_decay: float = 0.1
) -> tuple[torch.optim.Muon, torch.optim.AdamW]:
    """Make both optimizers.

    Args:
        net: The net.
        matrices: Those of its parameters that are Muon's, at least one; the rest is AdamW's.
        lr: Learning rate of both.
        weight_decay: Pull of the matrices towards zero; the rest is not decayed.
    """
    taken = {id(matrix) for matrix in matrices}
    rest = [parameter for parameter in net.parameters() if id(parameter) not in taken]
    muon = torch.optim.Muon(matrices, lr=lr, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw")
    return muon, torch.optim.AdamW(rest, lr=lr, betas=(0.9, 0.99), weight_decay=0.0)
