"""Likelihoods of files whose answer is known."""

import math

import numpy as np
import pytest

from studio.core.errors import ModelError
from studio.core.noise import noise
from studio.evaluate.likelihood import bits_per_dim, log_likelihood, measure_likelihood
from studio.runtime.model import OnnxModel

NO_CLASSES = np.zeros(0)


@pytest.fixture
def items():
    return np.random.default_rng(0).integers(0, 4, (70, 2, 2, 1)).astype(np.uint8)


def test_bits_per_dimension():
    """A uniform density over 256 levels costs eight bits a number."""
    assert bits_per_dim(-784 * math.log(256), 784) == pytest.approx(8.0)
    assert bits_per_dim(10 * math.log(2), 10) == -1.0


def gaussian(items, mean):
    x = items.reshape(len(items), 4) + noise(0, range(len(items)), (4,), "uniform", 0).astype(np.float64)
    return (-0.5 * (x - mean[:, None]) ** 2 - 0.5 * math.log(2 * math.pi)).sum(1)


def test_an_exact_likelihood(gaussian_file, items):
    labels = np.arange(70) % 2
    frequencies = np.array([0.8, 0.2])
    without, given = measure_likelihood(gaussian_file(), items, labels, frequencies, "test", draws=100)
    each = np.stack([gaussian(items, np.full(70, mean)) for mean in (0.0, 1.0)], axis=1)
    for report, want in ((without, np.log((frequencies * np.exp(each)).sum(1))), (given, each[np.arange(70), labels])):
        assert report.nats == pytest.approx(want.mean(), rel=1e-5)
        assert report.nats_error == pytest.approx(want.std(ddof=1) / 70**0.5, rel=1e-4)
        assert report.bits_per_dim == pytest.approx(-want.mean() / (4 * math.log(2)), rel=1e-5)
        assert (report.kind, report.count, report.draws, report.impossible) == ("exact", 70, 0, 0)
    assert without.label == "toy protocol; exact; test split, 70 items; without the class, as a mixture of all"
    assert given.label == "toy protocol; exact; test split, 70 items; given the class"
    assert [(one.class_given, one.mixture) for one in (without, given)] == [(False, True), (True, False)]
    # Log p(x) >= log p(x | y) + log p(y): the price of not knowing the class is at most that of naming it.
    assert without.nats >= given.nats + np.log(frequencies[labels]).mean()


def test_items_without_class_are_not_given_one(gaussian_file, items):
    labels = np.full(70, -1)
    (report,) = measure_likelihood(gaussian_file(), items, labels, np.array([0.5, 0.5]), "test", draws=1)
    assert report.nats == pytest.approx(gaussian(items, np.full(70, -1.0)).mean(), rel=1e-5)
    assert (report.class_given, report.mixture) == (False, False)
    assert report.label.endswith("; any class")
    assert (report.gap, report.gap_words) == (None, "")


def test_a_known_density_gives_the_gap_over_the_same_items(gaussian_file, items):
    measured = gaussian(items, np.full(70, -1.0))
    true = measured + 0.25 + 0.1 * np.arange(70) / 70
    labels = np.full(70, -1)
    (report,) = measure_likelihood(gaussian_file(), items, labels, np.array([0.5, 0.5]), "test", 1, true_nats=true)
    # The noise of the items, which is larger by far, falls out.
    assert report.gap == pytest.approx((true - measured).mean(), abs=1e-4)
    assert report.gap_error == pytest.approx((true - measured).std(ddof=1) / 70**0.5, abs=1e-5)
    assert report.gap_words == "0.299 ± 0.003 below the true density"
    assert report.model_copy(update={"kind": "bound"}).gap_words.startswith("at most 0.299")


def test_a_bound_rises_to_the_likelihood_with_the_draws(latent_file, items):
    items = items * np.uint8(40)
    x = items[:, 0, 0, 0] / 64.0
    true = (-(x**2) / 4 - 0.5 * math.log(2 * math.pi * 2)).mean()
    model, labels = OnnxModel(latent_file, "cpu", threads=1), np.full(70, -1)
    bounds = [log_likelihood(model, items, labels, draws).mean() for draws in (1, 10, 1000)]
    assert bounds[0] < bounds[1] < bounds[2]
    assert bounds[0] < true - 0.3
    assert bounds[2] == pytest.approx(true, abs=0.03)
    (report,) = measure_likelihood(latent_file, items, labels, NO_CLASSES, "validation", 10)
    assert report.nats == pytest.approx(bounds[1])
    assert report.label == "toy protocol; bound, 10 draws; validation split, 70 items; no classes"


def test_the_mean_of_terms_is_the_bound(make_latent_file, items):
    """E log N(x; z, 1) over z ~ N(0, 1) = -(x^2 + 1) / 2 - log(2 pi) / 2."""
    items = items * np.uint8(40)
    x = items[:, 0, 0, 0] / 64.0
    model = OnnxModel(make_latent_file("terms"), "cpu", threads=1)
    want = -(x**2 + 1) / 2 - 0.5 * math.log(2 * math.pi)
    found = log_likelihood(model, items, np.full(70, -1), 4000)
    np.testing.assert_allclose(found, want, atol=0.15)
    assert found.mean() == pytest.approx(want.mean(), abs=0.02)


@pytest.mark.parametrize("draws", ["weights", "terms"])
def test_without_the_class_a_bound_is_one_of_the_mixture(labelled_latent_file, items, draws):
    """Classes 0 and 1 shift x by 0 and 2; of 70 items the mixture's bound lies below log p(x) and above one class's."""
    items = items * np.uint8(40)
    x, labels = items[:, 0, 0, 0] / 64.0, np.arange(70) % 2
    frequencies = np.array([0.25, 0.75])
    without, given = measure_likelihood(labelled_latent_file(draws), items, labels, frequencies, "test", 400)
    each = np.stack([-((x - 2.0 * label) ** 2) / 4 - 0.5 * math.log(4 * math.pi) for label in (0, 1)], axis=1)
    true = np.log((frequencies * np.exp(each)).sum(1)).mean()
    own = given.nats + np.log(frequencies[labels]).mean()
    assert own - 1e-6 <= without.nats <= true + 0.02
    # The mean of terms is no likelihood to be summed over classes, for its noise would raise the sum.
    assert without.nats == pytest.approx(own if draws == "terms" else true, abs=0.06)
    assert (without.draws, given.draws) == (400, 400)


def test_the_draws_of_an_item_do_not_depend_on_the_batch(latent_file, items, monkeypatch):
    model, labels = OnnxModel(latent_file, "cpu", threads=1), np.full(70, -1)
    whole = log_likelihood(model, items, labels, 5)
    monkeypatch.setattr("studio.evaluate.likelihood._FIRST_BATCH", 3)
    monkeypatch.setattr("studio.evaluate.likelihood._LARGEST_BATCH", 7)
    seen = []
    np.testing.assert_allclose(
        log_likelihood(model, items, labels, 5, lambda done, total: seen.append((done, total))), whole, rtol=1e-6
    )
    assert seen[-1] == (350, 350)
    assert seen == sorted(seen)


def test_an_item_without_likelihood_makes_no_number(gaussian_file, items, monkeypatch):
    broken = items.astype(np.float64)
    monkeypatch.setattr(
        "studio.evaluate.likelihood.log_likelihood",
        lambda *_: np.where(np.arange(70) == 3, -np.inf, gaussian(broken, np.zeros(70))),
    )
    report = measure_likelihood(gaussian_file(), items, np.full(70, -1), NO_CLASSES, "test", 1)[0]
    assert (report.nats, report.bits_per_dim, report.nats_error, report.impossible) == (None, None, None, 1)


def test_files_that_cannot_be_used(gaussian_file, items, tmp_path):
    path = gaussian_file()
    with pytest.raises(ModelError, match=r"takes items of shape \[2, 2, 1\], not \[4, 1, 1\]"):
        measure_likelihood(path, items.reshape(70, 4, 1, 1), np.full(70, -1), NO_CLASSES, "test", 1)
    path.write_bytes(b"broken")
    with pytest.raises(ModelError, match="damaged"):
        measure_likelihood(path, items, np.full(70, -1), NO_CLASSES, "test", 1)
