"""A network of the person's own: what it gives is taken, and what is no such network is said."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from studio.core.errors import DataError
from studio.evaluate.image.inception import InceptionFeatures


class Means(nn.Module):
    """The calling convention of the network for FID: images as bytes, and features when they are asked for."""

    def __init__(self, dims: int) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, images: Tensor, return_features: bool = False) -> Tensor:
        assert images.dtype == torch.uint8
        assert return_features
        means = images.to(torch.float32).mean((2, 3)).sum(1, keepdim=True)
        return means.expand(-1, self.dims)


@pytest.fixture
def saved(tmp_path):
    """Save a network with so many features."""

    def save(dims):
        path = tmp_path / f"means-{dims}.pt"
        torch.jit.script(Means(dims)).save(str(path))
        return path

    return save


def test_it_sees_colour_bytes(saved):
    features = InceptionFeatures(saved(2048))
    assert features.name == "Inception-v3 (means-2048.pt)"
    assert len(features.version) == 12
    items = np.random.default_rng(0).integers(0, 256, (19, 5, 4, 1)).astype(np.uint8)
    seen = []
    found = features.extract(items, lambda done, total: seen.append((done, total)))
    assert found.shape == (19, 2048)
    np.testing.assert_allclose(found[:, 7], 3.0 * items.mean((1, 2, 3)), rtol=1e-6)
    assert seen == [(16, 19), (19, 19)]
    colour = np.repeat(items, 3, axis=3)
    np.testing.assert_array_equal(features.extract(colour), found)


def test_what_is_no_such_network_is_said(saved, tmp_path):
    with pytest.raises(DataError, match=r"gives \[64\] features of an image; the Inception-v3"):
        InceptionFeatures(saved(64))
    words = tmp_path / "words.pt"
    words.write_text("no network")
    with pytest.raises(DataError, match="is not the TorchScript of Inception-v3"):
        InceptionFeatures(words)
    with pytest.raises(DataError, match="is not the TorchScript of Inception-v3"):
        InceptionFeatures(tmp_path / "absent.pt")
    torch.save({"weight": torch.zeros(3)}, tmp_path / "weights.pt")
    with pytest.raises(DataError, match="is not the TorchScript of Inception-v3"):
        InceptionFeatures(tmp_path / "weights.pt")
