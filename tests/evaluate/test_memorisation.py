"""Copies are found out; fresh samples are not."""

import numpy as np
import pytest

from studio.evaluate.memorisation import measure_memorisation


@pytest.fixture
def sets():
    generator = np.random.default_rng(0)
    return [generator.normal(size=(count, 8)).astype(np.float32) for count in (500, 500, 2000)]


def test_fresh_samples(sets):
    samples, held_out, training = sets
    found = measure_memorisation(samples, held_out, training)
    assert found.ratio == pytest.approx(1.0, abs=0.05)
    assert found.near < 0.03
    distance = np.linalg.norm(samples[:, None].astype(np.float64) - training[None], axis=2)
    assert found.median == pytest.approx(float(np.sort(distance.min(1))[249]))
    among = np.linalg.norm(training[:, None].astype(np.float64) - training[None], axis=2)
    np.fill_diagonal(among, np.inf)
    crowding = among.min(1)[distance.argmin(1)]
    assert found.closest.tolist() == np.argsort(distance.min(1) / crowding, kind="stable")[:16].tolist()
    assert found.neighbours.tolist() == np.argsort(distance[found.closest], axis=1)[:, :3].tolist()


def test_copies(sets):
    _, held_out, training = sets
    found = measure_memorisation(training[100:300], held_out, training)
    assert found.ratio == pytest.approx(0.0, abs=1e-6)
    assert found.near == 1.0
    assert found.neighbours[:, 0].tolist() == (found.closest + 100).tolist()


def test_some_copies_among_fresh_samples(sets):
    samples, held_out, training = sets
    mixed = np.concatenate([samples[:450], training[:50]])
    found = measure_memorisation(mixed, held_out, training)
    assert found.ratio > 0.9
    assert found.near == pytest.approx(0.1, abs=0.02)
    assert set(found.closest.tolist()) <= set(range(450, 500))


def test_held_out_items_that_are_copies_tell_nothing():
    same = np.ones((12, 4), np.float32)
    found = measure_memorisation(same, same, same[:2])
    assert found.ratio is None
    assert found.near == 0.0
    assert found.neighbours.shape == (12, 2)
