"""``studio data exclude``."""

import numpy as np
import pytest

from studio.data.dataset import open_dataset
from studio.testing import toy_dataset


@pytest.fixture
def toy(workspace):
    """Forty items of four pixels; the last ten are the first ten again."""
    found = toy_dataset(workspace, (2, 2, 1), 2, 40)
    folder = workspace.folder("datasets") / found.document.id
    levels = 120 * (np.arange(40)[:, None] // np.array([1, 3, 9, 27]) % 3)
    items = levels.reshape(40, 2, 2, 1).astype(np.uint8)
    items[30:] = items[:10]
    np.save(folder / "items.npy", items)
    return open_dataset(folder)


@pytest.fixture
def opened(workspace):
    return lambda done: open_dataset(workspace.folder("datasets") / done["dataset"])


def test_numbers_and_ranges(answer, run, toy, opened, workspace):
    done = answer("data", "exclude", toy.document.id, "3", "10-19", "--name", "fewer")
    assert (done["name"], done["items"], done["left_out"], done["rejected"]) == ("fewer", 29, 11, 0)
    stay = np.setdiff1d(np.arange(40), [3, *range(10, 20)])
    np.testing.assert_array_equal(opened(done).items, toy.items[stay])
    assert "without 11 images" in done["notes"][0]
    assert list(workspace.folder("jobs").iterdir()) == []
    said = run("data", "exclude", toy.document.id, "0").out
    assert "without 1 item of" in said


def test_the_least_likely(answer, toy, dark_file, opened):
    done = answer("data", "exclude", toy.document.id, "--least-likely", "5", "--by", dark_file)
    bright = np.argsort(-np.asarray(toy.items, np.float64).reshape(40, -1).mean(1), kind="stable")
    assert done["left_out"] == 5
    np.testing.assert_array_equal(opened(done).items, toy.items[np.sort(bright[5:])])


def test_near_duplicates(answer, run, toy, opened):
    done = answer("data", "exclude", toy.document.id, "--near-duplicates")
    assert done["left_out"] == 10
    assert len(np.unique(np.asarray(opened(done).items).reshape(done["items"], -1), axis=0)) == done["items"]
    # Where the first of two is left out by hand, the other stays.
    both = answer("data", "exclude", toy.document.id, "0", "--near-duplicates")
    assert both["left_out"] == done["left_out"]
    np.testing.assert_array_equal(opened(both).items[-1], toy.items[30])
    assert "repeat an earlier one: images that" in run("data", "exclude", toy.document.id, "--near-duplicates").err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "Say what to leave out"),
        (("40",), "There is no item 40: they are numbered from 0 to 39."),
        (("x",), "'x' is no number of an item"),
        (("0-39",), "would stay"),
        (("--least-likely", "3"), "go together"),
        (("--by", "dark.onnx"), "go together"),
        (("--least-likely", "41", "--by", "dark.onnx"), "must be at least 0 and at most 40"),
        (("--least-likely", "3", "--by", "none.onnx"), "there is no such file"),
    ],
)
def test_it_says_why_not(complaint, toy, workspace, words, reason):
    assert reason in complaint("data", "exclude", toy.document.id, *words)
    assert len(list(workspace.folder("datasets").iterdir())) == 1
