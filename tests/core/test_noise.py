"""The noise is part of the file format: its bits are frozen here."""

import math

import numpy as np
import pytest

from studio.core.noise import MAX_SEED, noise, normals, philox4x32, uniforms

# Known answers of the Random123 distribution (kat_vectors, philox4x32 10): counter, key, words.
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def words(text):
    return np.array([int(word, 16) for word in text.split()], np.uint64)


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_known_answers(counter, key, answer):
    found = philox4x32(words(counter), words(key))
    assert found.dtype == np.uint32
    assert [f"{word:08x}" for word in found] == answer.split()


def test_known_answers_together():
    counters, keys, answers = (np.stack([words(row[column]) for row in KNOWN]) for column in range(3))
    np.testing.assert_array_equal(philox4x32(counters, keys), answers)


def test_frozen_uniforms():
    assert uniforms(7, [0, 1], 5).tolist() == [
        [0.9545971155166626, 0.7501521706581116, 0.11417734622955322, 0.08565783500671387, 0.4069603681564331],
        [0.35062795877456665, 0.9687176942825317, 0.46287697553634644, 0.7832586169242859, 0.05424267053604126],
    ]
    assert uniforms(MAX_SEED, [MAX_SEED], 2).tolist() == [[0.44782203435897827, 0.08311885595321655]]


def test_frozen_normals():
    # The logarithm and the cosine are the platform's: one unit in the last place of a float32 may differ.
    expected = [
        [0.0002914691576734185, -0.3048468232154846, 1.7887574434280396, 1.0678720474243164, 0.37640345096588135],
        [1.4199012517929077, -0.28273552656173706, 0.257490873336792, -1.214201807975769, 1.3216195106506348],
    ]
    np.testing.assert_allclose(normals(7, [0, 1], 5), expected, rtol=2e-7)
    np.testing.assert_allclose(normals(7, [3], 3, 2), [[-1.3134775161743164, 1.2090643644332886, 0.4089406132698059]])


def test_transforms_are_the_stated_ones():
    """Words of key (seed, index) and counter (block, 0, lane, 0), by hand."""
    seed, index, lane = 11, 5, 3
    raw = [
        int(word)
        for block in range(2)
        for word in philox4x32(np.array([block, 0, lane, 0], np.uint64), np.array([seed, index], np.uint64))
    ]
    assert uniforms(seed, [index], 8, lane)[0].tolist() == [(word >> 8) / 2**24 for word in raw]
    by_hand = []
    for first, second in zip(raw[0::2], raw[1::2], strict=True):
        radius = math.sqrt(-2 * math.log(((first >> 8) + 1) / 2**24))
        angle = 2 * math.pi * (second >> 8) / 2**24
        by_hand += [radius * math.cos(angle), radius * math.sin(angle)]
    np.testing.assert_allclose(normals(seed, [index], 8, lane)[0], by_hand, rtol=2e-7)


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_a_sample_does_not_depend_on_its_batch(distribution):
    whole = noise(3, range(40), (3, 5), distribution)
    assert whole.shape == (40, 3, 5)
    assert whole.dtype == np.float32
    np.testing.assert_array_equal(noise(3, [17, 4, 39], (3, 5), distribution), whole[[17, 4, 39]])
    np.testing.assert_array_equal(noise(3, [21], (3, 5), distribution)[0], whole[21])


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
@pytest.mark.parametrize("row", [1, 2, 3, 7])
def test_more_steps_keep_the_prefix(distribution, row):
    longer = noise(5, [0, 9], (12, row), distribution)
    for steps in (1, 2, 5, 11):
        np.testing.assert_array_equal(noise(5, [0, 9], (steps, row), distribution), longer[:, :steps])


def test_lanes_seeds_and_indices_differ():
    rows = [noise(seed, [index], (64,), lane=lane) for seed in (0, 1) for index in (0, 1) for lane in (0, 1)]
    for first in range(len(rows)):
        for second in range(first):
            assert not np.isin(rows[first], rows[second]).any()
    np.testing.assert_array_equal(rows[0], noise(0, [0], (64,)))


def test_lanes_and_rows_are_uncorrelated():
    rows = np.concatenate([normals(1, range(4), 20_000, lane) for lane in (0, 1)])
    correlation = np.corrcoef(rows) - np.eye(8)
    assert np.abs(correlation).max() < 5 / math.sqrt(20_000)


def test_moments_of_normals():
    values = normals(123, range(50), 10_000).astype(np.float64).ravel()
    count = values.size
    assert np.isfinite(values).all()
    assert abs(values.mean()) < 5 / math.sqrt(count)
    assert abs(values.var() - 1) < 5 * math.sqrt(2 / count)
    assert abs((values**3).mean()) < 5 * math.sqrt(15 / count)
    assert abs((values**4).mean() - 3) < 5 * math.sqrt(96 / count)
    # The share beyond 3 sigma is 0.0027 of a normal distribution.
    assert abs((np.abs(values) > 3).mean() - 0.0026998) < 5 * math.sqrt(0.0027 / count)


def test_moments_of_uniforms():
    values = uniforms(123, range(50), 10_000).astype(np.float64).ravel()
    assert values.min() >= 0
    assert values.max() < 1
    assert abs(values.mean() - 0.5) < 5 / math.sqrt(12 * values.size)
    counts = np.histogram(values, bins=100, range=(0, 1))[0]
    # 99 degrees of freedom: mean 99, standard deviation 14.
    assert abs(((counts - 5000) ** 2 / 5000).sum() - 99) < 70


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1, 2**64])
def test_a_seed_out_of_bounds_is_refused(seed):
    with pytest.raises(ValueError, match=f"between 0 and {MAX_SEED}, not {seed}"):
        noise(seed, [0], (4,))


def test_empty_requests():
    assert noise(0, [], (2, 3)).shape == (0, 2, 3)
    assert noise(0, [0, 1], (0, 3)).shape == (2, 0, 3)
    assert noise(0, [4], ()).shape == (1,)
