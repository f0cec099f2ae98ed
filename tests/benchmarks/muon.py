"""One step of Muon for the matrices of four transformer blocks, ours against torch's, as interleaved pairs.

    python tests/benchmarks/muon.py --dim 128 --pairs 10

Prints the median of both in milliseconds, with the range, for one thread.
"""

from __future__ import annotations

import argparse
import statistics
import time

import torch

from studio.nn import TransformerBlock, matrices_of
from studio.nn.muon import Muon


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--pairs", type=int, default=10)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    matrices = [matrix for _ in range(4) for matrix in matrices_of(TransformerBlock(arguments.dim, 4))]
    for matrix in matrices:
        matrix.grad = torch.randn_like(matrix)
    kinds = {"ours": Muon, "torch": torch.optim.Muon}
    optimizers = {name: kind(matrices, lr=1e-4, adjust_lr_fn="match_rms_adamw") for name, kind in kinds.items()}
    times: dict[str, list[float]] = {name: [] for name in kinds}
    for pair in range(arguments.pairs + 1):
        for name, optimizer in optimizers.items():
            start = time.process_time()
            optimizer.step()
            if pair:
                times[name].append(1000.0 * (time.process_time() - start))
    for name, taken in times.items():
        print(f"{name}: {statistics.median(taken):.1f} ms ({min(taken):.1f} to {max(taken):.1f})")


if __name__ == "__main__":
    main()
