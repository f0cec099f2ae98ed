"""Random states: captured, put back, and forked without a trace."""

import random

import numpy as np
import torch

from studio.train import random_state


def test_a_fork_leaves_no_trace():
    import random

    import numpy as np

    random_state.seed_everything(5)
    first = (torch.rand(3), np.random.rand(), random.random())
    random_state.seed_everything(5)
    with random_state.fork(1):
        forked = torch.rand(3)
        np.random.rand()
        random.random()
    assert torch.equal(first[0], torch.rand(3))
    assert first[1] == np.random.rand()
    assert first[2] == random.random()
    with random_state.fork(1):
        assert torch.equal(forked, torch.rand(3))


def draw():
    return torch.randn(3).tolist(), np.random.standard_normal(3).tolist(), random.gauss(0, 1), random.random()


def test_a_captured_state_survives_json_and_gives_the_same_draws():
    """Also the second of a pair of normal numbers that NumPy and Python keep for the next call."""
    import json

    random_state.seed_everything(3)
    draw()
    tensors, values = random_state.capture()
    expected = draw(), draw()
    random_state.restore(tensors, json.loads(json.dumps(values)))
    assert (draw(), draw()) == expected


def test_a_fork_that_fails_leaves_no_trace():
    random_state.seed_everything(3)
    expected = draw()
    random_state.seed_everything(3)
    try:
        with random_state.fork(9):
            draw()
            raise KeyError
    except KeyError:
        pass
    assert draw() == expected


def test_seeds_above_what_numpy_takes_are_seeds_too():
    random_state.seed_everything(2**32 + 5)
    assert len(draw()) == 4
