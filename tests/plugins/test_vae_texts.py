"""The VAE of texts: it learns, a class matters, texts come back, and between two lies a third."""

import numpy as np
import pytest

from studio.core.errors import StudioError
from studio.core.interpolation import InterpolationPath
from studio.data.text.tokenizer import TextTokenizer
from studio.runtime.interpolation import Interpolation
from studio.runtime.model import OnnxModel
from studio.store.workspace import Workspace
from studio.testing import Trial
from studio.testing.contract import draw_samples
from studio.testing.toy_data import toy_texts
from studio_vae.plugin import plugin

SMALL = {"channels": 32, "blocks": 1, "latent_dim": 4, "free_bits": 0.5, "lr": 1e-2}


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("texts"))
    dataset = toy_texts(workspace)
    trial = Trial(plugin, workspace, dataset, SMALL, {"steps": 200, "preview_every": 10**6, "validate_every": 20})
    trial.train()
    exported = trial.export()
    assert all(parity.passed for parity in exported.parity.values())
    return trial, exported.folder / "sample.onnx", dataset


def texts_of(dataset, items):
    return TextTokenizer(dataset.spec).texts(items)


def test_the_bound_rises_and_the_latent_says_something(learned):
    trial, _, _ = learned
    losses, kl = trial.curve("validation.loss"), trial.curve("validation.kl")
    assert losses[-1] < 0.5 * losses[0]
    assert kl[-1] > 1.0
    assert not trial.unmoved


def test_samples_are_words_of_the_language_most_of_the_time(learned):
    _, file, dataset = learned
    samples = draw_samples(OnnxModel(file, "cpu", threads=1), seed=0, count=32, scalars={"temperature": 0.0})
    words = {word for text in texts_of(dataset, dataset.batch(range(len(dataset)))[0]) for word in text.split()}
    drawn = [word for text in texts_of(dataset, samples) for word in text.split()]
    assert np.mean([word in words for word in drawn]) > 0.6


def test_a_text_goes_through_its_latent_and_comes_back(learned):
    _, file, dataset = learned
    items = dataset.batch(dataset.indices("validation"))[0]
    _, first = np.unique(items, axis=0, return_index=True)
    pair = items[first[:2]]
    way = Interpolation(file, "cpu").run(pair, 5)
    assert texts_of(dataset, way[[0, -1]]) == texts_of(dataset, pair)


def test_between_two_samples_lies_a_way_that_ends_in_both(learned):
    _, file, _ = learned
    model = OnnxModel(file, "cpu", threads=1)
    ends = [draw_samples(model, seed=5, count=1, start=number) for number in (0, 3)]
    path = InterpolationPath(seed=5, index=3, shares=(0.0, 0.5, 1.0))
    way = draw_samples(model, seed=5, count=3, interpolation=path)
    np.testing.assert_array_equal(way[[0, 2]], np.concatenate(ends))


def test_the_mode_of_codes_is_refused(tmp_path):
    workspace = Workspace(tmp_path)
    trial = Trial(plugin, workspace, toy_texts(workspace), {"mode": "sampler"}, {"steps": 1})
    with pytest.raises(StudioError, match="choose mode = explorer for tables and texts"):
        trial.train()
