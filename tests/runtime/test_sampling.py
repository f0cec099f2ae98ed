import threading
import time

import numpy as np
import pytest

from studio.core.errors import ModelError
from studio.core.interpolation import InterpolationPath
from studio.core.request import SampleRequest
from studio.runtime.model import OnnxModel
from studio.runtime.sampling import Cancelled, Sampling


@pytest.fixture(scope="module")
def model(model_path):
    return OnnxModel(model_path, "cpu", threads=1)


def draw(model, **request):
    batches = []
    Sampling(model, SampleRequest(**request)).run(lambda _, samples: batches.append(samples))
    return np.concatenate(batches)


@pytest.mark.fault("E6")
def test_a_sample_depends_on_seed_and_number_alone(model):
    whole = draw(model, seed=5, count=23)
    assert whole.shape == (23, 4, 4, 1)
    np.testing.assert_array_equal(draw(model, seed=5, count=3, start=20), whole[20:])
    np.testing.assert_array_equal(draw(model, seed=5, count=7), whole[:7])
    assert not np.array_equal(draw(model, seed=6, count=7), whole[:7])


def test_labels_and_scalars_arrive(model):
    base = draw(model, count=2, scalars={"shift": 0.0})
    zero = draw(model, count=2, labels=(0,))
    two = draw(model, count=2, labels=(0, 2), scalars={"shift": 1.0})
    np.testing.assert_array_equal(zero, base)
    np.testing.assert_array_equal(two[0], base[0])
    assert (two[1] == 255).all()


def test_the_way_ends_with_the_two_samples_themselves(model):
    near, far = draw(model, seed=5, start=3, count=1), draw(model, seed=6, start=9, count=1)
    shares = tuple(number / 8 for number in range(9))
    way = draw(model, seed=5, start=3, count=9, interpolation=InterpolationPath(seed=6, index=9, shares=shares))
    np.testing.assert_array_equal(way[[0, 8]], np.concatenate([near, far]))
    steps = np.abs(np.diff(way.astype(int), axis=0)).max((1, 2, 3))
    assert 0 < steps.max() < np.abs(near.astype(int) - far).max()
    # One of them alone is the same.
    alone = draw(model, seed=5, start=3, count=1, interpolation=InterpolationPath(seed=6, index=9, shares=(0.5,)))
    np.testing.assert_array_equal(alone[0], way[4])


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"start": 2**32 - 2}, "start lower"),
        ({"scalars": {"stepz": 3}}, "no input 'stepz'"),
        ({"scalars": {"steps": 0}}, "at least 1"),
        ({"scalars": {"steps": 2.5}}, "whole number"),
        ({"scalars": {"shift": 9}}, "at most 1"),
        ({"labels": (3,)}, "label = 3"),
        ({"labels": (0, 1)}, "one for each of the 4"),
    ],
)
def test_wrong_requests_are_refused_with_the_reason(model, request_, words):
    with pytest.raises(ModelError, match=words):
        Sampling(model, SampleRequest(count=4, **request_))


def test_progress_comes_in_micro_batches(heavy_path):
    model = OnnxModel(heavy_path, "cpu", threads=1)
    seen = []
    request = SampleRequest(count=40, scalars={"steps": 300})
    Sampling(model, request).run(lambda first, samples: seen.append((first, len(samples))))
    assert len(seen) > 1
    assert seen[0] == (0, 4)
    assert sum(count for _, count in seen) == 40


def test_cancel_ends_a_running_batch(heavy_path):
    sampling = Sampling(OnnxModel(heavy_path, "cpu", threads=1), SampleRequest(count=4, scalars={"steps": 100_000}))
    threading.Timer(0.3, sampling.cancel).start()
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        sampling.run(lambda *_: None)
    assert time.monotonic() - begun < 20.0
