"""EfficientNet as features, over the package's weights."""

from importlib import metadata

import numpy as np
import pytest
import torch
from torch import nn

from studio.core.errors import DataError
from studio.evaluate.image import efficientnet
from studio.evaluate.image.efficientnet import EfficientNetFeatures


def images(*shape):
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


def test_efficientnet_sees_any_image_the_same_in_any_batch():
    small = EfficientNetFeatures((9, 28, 1))
    assert small.name == "EfficientNet-Lite0 (ImageNet) at 64 px"
    items = images(3, 9, 28, 1)
    features = small.extract(items)
    assert features.shape == (3, 1280)
    assert features.dtype == np.float32
    assert (features >= 0).all()
    assert (features <= 6).all()
    np.testing.assert_allclose(small.extract(items[1:2]), features[1:2], atol=1e-4)
    # Grey is the colour whose channels are equal.
    colour = EfficientNetFeatures((9, 28, 3)).extract(np.repeat(items, 3, axis=3))
    np.testing.assert_allclose(colour, features, atol=1e-4)
    assert EfficientNetFeatures((65, 10, 3)).name == "EfficientNet-Lite0 (ImageNet) at 96 px"


def test_efficientnet_is_the_network_of_its_weights():
    """Made again of torch's own modules, in the order in which the package names its weights."""
    weights = efficientnet._weights()

    def norm(name):
        layer = nn.BatchNorm2d(len(weights[f"{name}.weight"]), eps=1e-3).eval()
        layer.load_state_dict({key: weights[f"{name}.{key}"] for key in layer.state_dict()})
        return layer

    def conv(name, stride=1, groups=1):
        weight = weights[f"{name}.weight"]
        layer = nn.Conv2d(weight.shape[1] * groups, len(weight), weight.shape[2], stride, groups=groups, bias=False)
        layer.load_state_dict({"weight": weight})
        return layer

    def pad(size, kernel, stride):
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        return nn.ZeroPad2d((total // 2, total - total // 2, total // 2, total - total // 2))

    strides = {1: 2, 3: 2, 5: 2, 11: 2}
    x = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        h = nn.Sequential(pad(64, 3, 2), conv("_conv_stem", 2), norm("_bn0"), nn.ReLU6())((x * 255 - 127) / 128)
        for number in range(16):
            name, stride, before = f"_blocks.{number}.", strides.get(number, 1), h
            if number:
                h = nn.Sequential(conv(f"{name}_expand_conv"), norm(f"{name}_bn0"), nn.ReLU6())(h)
            kernel = weights[f"{name}_depthwise_conv.weight"].shape[2]
            depthwise = conv(f"{name}_depthwise_conv", stride, h.shape[1])
            h = nn.Sequential(pad(h.shape[2], kernel, stride), depthwise, norm(f"{name}_bn1"), nn.ReLU6())(h)
            h = nn.Sequential(conv(f"{name}_project_conv"), norm(f"{name}_bn2"))(h)
            h = h + before if h.shape == before.shape else h
        h = nn.Sequential(conv("_conv_head"), norm("_bn1"), nn.ReLU6())(h)
        got = EfficientNetFeatures((64, 64, 3)).forward(x)
    assert got.shape == (2, 1280, 2, 2)
    assert torch.allclose(got, h, atol=1e-4)


def test_weights_that_are_missing_or_others(monkeypatch, tmp_path):
    monkeypatch.setattr(efficientnet, "_PACKAGE", "there-is-no-such-package")
    with pytest.raises(DataError, match="install the package 'there-is-no-such-package'"):
        EfficientNetFeatures((8, 8, 1))

    class File:
        suffix = ".pth"

        def locate(self):
            return tmp_path / "weights.pth"

    monkeypatch.setattr(metadata, "files", lambda name: [File()])
    with pytest.raises(DataError, match="install"):
        EfficientNetFeatures((8, 8, 1))
    (tmp_path / "weights.pth").write_bytes(b"others")
    with pytest.raises(DataError, match="damaged or others"):
        EfficientNetFeatures((8, 8, 1))
