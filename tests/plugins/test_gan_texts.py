"""The GAN in the latent of texts: it plays in the second phase only, and its samples follow the class."""

import numpy as np
import pytest
import torch

from studio.core.modality import TextSpec
from studio.core.spec import Tokens
from studio.data.text.tokenizer import TextTokenizer, learn_tokenizer
from studio.nn import SequenceAutoencoder, make_codec
from studio.runtime.model import OnnxModel
from studio.store.workspace import Workspace
from studio.testing import Trial
from studio.testing.contract import draw_samples
from studio.testing.toy_data import toy_texts
from studio_gan.latent import LatentView
from studio_gan.plugin import plugin

SMALL = {
    "channels": 64,
    "latent_dim": 4,
    "text_latent_dim": 4,
    "autoencoder_dim": 32,
    "autoencoder_depth": 1,
    "penalty_every": 1,
    "lr": 3e-3,
}


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("texts"))
    dataset = toy_texts(workspace)
    trial = Trial(plugin, workspace, dataset, SMALL, {"steps": 300, "preview_every": 10**6, "validate_every": 20})
    trial.train()
    exported = trial.export()
    assert all(parity.passed for parity in exported.parity.values())
    return trial, exported.folder / "sample.onnx", dataset


def test_the_game_begins_when_the_autoencoder_is_done(learned):
    trial, _, _ = learned
    distance, kl = trial.curve("validation.distance"), trial.curve("validation.kl")
    # 300 steps are measured every 20, and the game has the last two fifths of them.
    assert distance[-1] < 0.5 * min(distance[:8])
    assert kl[-1] == pytest.approx(kl[-2], rel=0.2)
    assert not trial.unmoved


def test_samples_follow_their_class(learned):
    _, file, dataset = learned
    labels = (0, 1) * 16
    samples = draw_samples(OnnxModel(file, "cpu", threads=1), seed=0, count=32, labels=labels)
    texts = TextTokenizer(dataset.spec).texts(samples)
    items, known = dataset.batch(range(len(dataset)))
    words = [
        {
            word
            for text, label in zip(TextTokenizer(dataset.spec).texts(items), known, strict=True)
            if label == wanted
            for word in text.split()
        }
        for wanted in (0, 1)
    ]
    right = [word in words[label] for text, label in zip(texts, labels, strict=True) for word in text.split()]
    assert np.mean(right) > 0.6


@torch.no_grad()
def test_the_view_is_cut_and_empty_behind_the_end():
    spec = TextSpec(shape=(12,), tokenizer=learn_tokenizer((), 256))
    net = SequenceAutoencoder(spec.shape[0], spec.end + 1, 0, 16, 1, 2, 0.0, latent_dim=3).eval()
    torch.nn.init.normal_(net.infer_latent.weight, std=50.0)
    view = LatentView(net, make_codec(spec, Tokens()))
    items = torch.full((2, *spec.shape), spec.end, dtype=torch.int16)
    items[:, 0] = 1
    seen = view.encode(items)
    assert seen.shape == (2, *view.shape)
    assert float(seen.abs().max()) == 1.0
    assert torch.equal(seen[:, 3:], torch.zeros(2, view.shape[0] - 3))
