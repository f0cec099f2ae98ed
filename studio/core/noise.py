"""The noise behind every sample: Philox4x32-10 words and the transforms to uniform and normal numbers.

Sample k of a request with seed s owns the random stream with key (s, k), so it never depends on the batch it is drawn
in; each input has a counter lane of its own. NumPy does not promise its own streams across versions, hence this file.

References:
    Salmon et al., Parallel random numbers: as easy as 1, 2, 3, SC 2011, section 4 (Philox4x32-10).
    Box and Muller, A note on the generation of random normal deviates, 1958.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = ["MAX_SEED", "noise", "normals", "philox4x32", "uniforms"]

MAX_SEED = 2**32 - 1
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)

Words = npt.NDArray[np.uint64]


def philox4x32(counter: Words, key: Words, rounds: int = 10) -> npt.NDArray[np.uint32]:
    """Encrypt counters under keys.

    Args:
        counter: Counter words, uint64 values below 2**32, shape (..., 4).
        key: Key words, uint64 values below 2**32, shape (..., 2), broadcast against the counter.
        rounds: Number of rounds; the generator is defined with 10.

    Returns:
        Four random words for each counter, shape (..., 4).
    """
    c0, c1, c2, c3 = (counter[..., j] for j in range(4))
    k0, k1 = key[..., 0], key[..., 1]
    for r in range(rounds):
        round_k0 = (k0 + np.uint64(r * _WEYL[0] & 0xFFFFFFFF)) & _LOW
        round_k1 = (k1 + np.uint64(r * _WEYL[1] & 0xFFFFFFFF)) & _LOW
        p0, p1 = c0 * _MULTIPLIERS[0], c2 * _MULTIPLIERS[1]
        c0, c1, c2, c3 = (p1 >> _SHIFT) ^ c1 ^ round_k0, p1 & _LOW, (p0 >> _SHIFT) ^ c3 ^ round_k1, p0 & _LOW
    return np.stack(np.broadcast_arrays(c0, c1, c2, c3), axis=-1).astype(np.uint32)


def _words(seed: int, indices: Sequence[int], lane: int, count: int) -> npt.NDArray[np.uint32]:
    if not 0 <= seed <= MAX_SEED:
        raise ValueError(f"a seed must lie between 0 and {MAX_SEED}, not {seed}")
    blocks = -(-count // 4)
    counter = np.zeros((1, blocks, 4), np.uint64)
    counter[0, :, 0] = np.arange(blocks)
    counter[0, :, 2] = lane
    key = np.empty((len(indices), 1, 2), np.uint64)
    key[:, 0, 0] = seed
    key[:, 0, 1] = np.asarray(indices, np.uint64)
    return philox4x32(counter, key).reshape(len(indices), blocks * 4)[:, :count]


def uniforms(seed: int, indices: Sequence[int], count: int, lane: int = 0) -> npt.NDArray[np.float32]:
    """Uniform numbers in [0, 1), multiples of 2**-24: the upper 24 bits of each word, shape (len(indices), count)."""
    return ((_words(seed, indices, lane, count) >> 8) * 2.0**-24).astype(np.float32)


def normals(seed: int, indices: Sequence[int], count: int, lane: int = 0) -> npt.NDArray[np.float32]:
    """Standard normal numbers by Box and Muller, shape (len(indices), count).

    Words 2j and 2j + 1 give numbers 2j and 2j + 1: r = sqrt(-2 ln((a + 1) / 2**24)) with a the upper 24 bits of the
    first word, angle = 2 pi b / 2**24 with b those of the second; r cos(angle), then r sin(angle).
    """
    even = count + count % 2
    upper = (_words(seed, indices, lane, even) >> 8).astype(np.float64)
    radius = np.sqrt(-2.0 * np.log((upper[:, 0::2] + 1.0) * 2.0**-24))
    angle = upper[:, 1::2] * (2.0 * math.pi * 2.0**-24)
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)
    return pairs.reshape(len(indices), even)[:, :count].astype(np.float32)


def noise(
    seed: int,
    indices: Sequence[int],
    shape: Sequence[int],
    distribution: Literal["normal", "uniform"] = "normal",
    lane: int = 0,
) -> npt.NDArray[np.float32]:
    """Noise of samples, each row a function of (seed, its index, lane) alone.

    Args:
        seed: Seed of the request, 0 to 2**32 - 1.
        indices: Numbers of the samples, each 0 to 2**32 - 1.
        shape: Shape of one sample's noise, filled in C order, so that a longer first axis keeps the prefix.
        distribution: Which numbers.
        lane: Counter lane; each noise input of a file has its own, in the file's order from 0.

    Returns:
        Noise, float32, shape (len(indices), *shape).
    """
    draw = normals if distribution == "normal" else uniforms
    return draw(seed, indices, math.prod(shape), lane).reshape(len(indices), *shape)
