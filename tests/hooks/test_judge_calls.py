"""A plugin's features and metrics look at items in a file, in this process."""

import numpy as np
import pytest

from studio.core.extension import Features, Metric
from studio.hooks.judge_calls import extract_features, measure_items

ITEMS = np.arange(24, dtype=np.uint8).reshape(6, 2, 2, 1)


@pytest.fixture
def source(tmp_path):
    np.save(tmp_path / "items.npy", ITEMS)
    return tmp_path / "items.npy"


@pytest.fixture
def sides(tmp_path):
    rows = {"rows-0": [0, 1, 2], "others-0": [0, 1], "rows-1": [3], "others-1": [2]}
    np.savez(tmp_path / "items.npz", samples=ITEMS[:4] + 1, held_out=ITEMS, floor=ITEMS[:4], **rows)
    return tmp_path / "items.npz"


def features(extract):
    return Features("toy", "Toy", "image", extract=extract)


def metric(measure):
    return Metric("toy", "Toy", "image", measure=measure)


def test_features_are_written_as_float32(source, tmp_path):
    out = tmp_path / "out.npy"
    assert extract_features(features(lambda items: items.reshape(len(items), -1)), source, out) == {"failed": ""}
    found = np.load(out)
    assert found.dtype == np.float32
    assert found.tolist() == ITEMS.reshape(6, 4).tolist()


@pytest.mark.parametrize(
    ("extract", "said"),
    [
        (lambda items: None, "it gave object [], not finite numbers [6, D]."),
        (lambda items: items, "it gave uint8 [6, 2, 2, 1], not finite numbers [6, D]."),
        (lambda items: np.zeros((5, 2)), "it gave float64 [5, 2], not finite numbers [6, D]."),
        (lambda items: np.full((6, 2), np.nan), "it gave float64 [6, 2], not finite numbers [6, D]."),
        (lambda items: 1 / 0, "ZeroDivisionError: division by zero."),
    ],
)
@pytest.mark.fault("F1", "F4")
def test_features_that_do_not_keep_the_contract(source, tmp_path, extract, said):
    assert extract_features(features(extract), source, tmp_path / "out.npy") == {"failed": said}


def test_a_metric_is_measured_whole_and_in_parts(sides):
    answer = measure_items(metric(lambda samples, real: float(samples.mean() - real.mean())), sides)
    mean = ITEMS.reshape(6, -1).mean(1)
    floor = [mean[:4].mean() - mean.mean(), mean[:2].mean() - mean[:3].mean(), mean[2] - mean[3]]
    assert answer["failed"] == ""
    np.testing.assert_allclose(answer["values"][1], floor)
    np.testing.assert_allclose(answer["values"][0], np.add(floor, 1))


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        (lambda *_: None, "TypeError: "),
        (lambda *_: float("nan"), "it gave nan, which is no finite number."),
        (lambda *_: np.zeros(3), "TypeError: "),
        (lambda *_: 1 / 0, "ZeroDivisionError: division by zero."),
    ],
)
@pytest.mark.fault("F1", "F4")
def test_a_metric_that_does_not_keep_the_contract(sides, measure, said):
    answer = measure_items(metric(measure), sides)
    assert answer["failed"].startswith(said)
    assert answer["values"] == []
