import math

import pytest
import torch

from studio.core.errors import SettingsError
from studio.core.modality import ImageSpec
from studio.core.spec import Continuous, Tokens
from studio.nn import make_codec
from studio.nn.token_sampler import agreeing

SHAPES = [(4, 4, 1), (5, 7, 3), (9, 3, 1)]


def items(shape, count=6):
    return torch.randint(0, 256, (count, *shape), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("view", [Continuous(), Continuous(dequantise=True), Tokens(levels=256)])
def test_every_grey_level_comes_back_exactly(shape, view):
    codec = make_codec(ImageSpec(shape=shape), view)
    x = torch.arange(256, dtype=torch.uint8).repeat(-(-items(shape).numel() // 256))[: items(shape).numel()]
    x = x.reshape(items(shape).shape)
    assert torch.equal(codec.settle(codec.decode(codec.encode(x))), x)


def test_continuous_view_lies_in_the_stated_range_and_layout():
    x = torch.tensor([0, 255, 51], dtype=torch.uint8).reshape(1, 1, 3, 1)
    view = make_codec(ImageSpec(shape=(1, 3, 1)), Continuous()).encode(x)
    assert view.shape == (1, 1, 1, 3)
    torch.testing.assert_close(view.flatten(), torch.tensor([-1.0, 1.0, -0.6]))


@pytest.mark.parametrize("view", [Continuous(), Continuous(dequantise=True)])
def test_the_log_det_is_that_of_one_grey_level(view):
    codec = make_codec(ImageSpec(shape=(2, 3, 1)), view)
    x, half = torch.full((1, 2, 3, 1), 7, dtype=torch.uint8), torch.full((1, 2, 3, 1), 0.5)
    step = codec.encode(x + 1, half) - codec.encode(x, half)
    torch.testing.assert_close(codec.log_det(x), step.log().flatten(1).sum(1), atol=1e-3, rtol=0)


def test_of_a_binarised_view_it_is_none_as_its_values_are_the_items():
    codec = make_codec(ImageSpec(shape=(2, 3, 1)), Continuous(binarise=True))
    assert codec.log_det(torch.zeros(2, 2, 3, 1, dtype=torch.uint8)).tolist() == [0.0, 0.0]
    assert codec.likelihood_protocol == "dynamically binarised"


def test_dynamic_binarisation_has_the_intensity_as_its_mean():
    torch.manual_seed(0)
    x = torch.full((4000, 1, 1, 1), 64, dtype=torch.uint8)
    drawn = make_codec(ImageSpec(shape=(1, 1, 1)), Continuous(binarise=True)).encode(x)
    assert set(drawn.unique().tolist()) == {-1.0, 1.0}
    assert abs((drawn.mean() + 1) / 2 - 64 / 255) < 0.03


@pytest.mark.parametrize("side", [1, 2, 3])
@pytest.mark.parametrize("shape", [(4, 4, 1), (5, 7, 1)])
def test_patches_of_binary_pixels_come_back(side, shape):
    codec = make_codec(ImageSpec(shape=shape), Tokens(levels=2, patch=side))
    x = (items(shape) > 127).to(torch.uint8) * 255
    tokens = codec.encode(x)
    assert tokens.shape == (6, *codec.shape)
    assert codec.vocab_size == 2 ** (side * side)
    assert int(tokens.max()) < codec.vocab_size
    assert torch.equal(codec.settle(codec.decode(tokens)), x)
    # Of all symbols, what is known leaves the one that was encoded.
    possible = agreeing(codec.encode_known(x.long()), codec.patterns)
    assert torch.equal(possible.long().argmax(-1), tokens)
    assert (possible.sum(-1) == 1).all()
    filled = codec.rows * side * codec.columns * side - shape[0] * shape[1]
    allowed = codec.allowed()
    total = 2.0 ** (shape[0] * shape[1])
    assert (allowed is None) == (filled == 0)
    assert allowed is None or float(allowed.sum(-1).double().log2().sum()) == pytest.approx(math.log2(total))


def test_the_channels_of_a_pixel_make_one_symbol():
    codec = make_codec(ImageSpec(shape=(5, 7, 3)), Tokens(levels=8, patch=1))
    assert (codec.shape, codec.vocab_size) == ((35,), 512)
    x = ((items((5, 7, 3)) // 32) * 255.0 / 7.0).round().to(torch.uint8)
    tokens = codec.encode(x)
    assert tokens[2, 8].item() == sum(int(value) * 8 // 256 * 8**place for place, value in enumerate(x[2, 1, 1]))
    assert torch.equal(codec.settle(codec.decode(tokens)), x)
    known = x.long()
    known[:, 1, 1, 2] = -1
    assert (codec.encode_known(known)[:, 8, 2] == -1).all()
    assert (codec.encode_known(known) >= 0).sum() == 6 * (3 * 35 - 1)
    assert agreeing(codec.encode_known(known), codec.patterns).sum() == 6 * (34 + 8)


@pytest.mark.parametrize(("levels", "palette"), [(8, ()), (4, (3, 60, 141, 250))])
def test_a_value_comes_back_as_the_nearest_level(levels, palette):
    """No other assignment to the same levels has a smaller squared error, and what is a level comes back unchanged."""
    codec = make_codec(ImageSpec(shape=(16, 16, 1)), Tokens(levels=levels, palette=palette))
    x = torch.arange(256, dtype=torch.uint8).reshape(1, 16, 16, 1)
    back = codec.settle(codec.decode(codec.encode(x)))
    values = torch.tensor(palette or [round(255 * level / 7) for level in range(8)])
    assert torch.equal(back.unique().long(), values)
    least = (x.long().flatten()[:, None] - values).square().amin(1)
    assert torch.equal((back.long() - x.long()).square().flatten(), least)
    assert torch.equal(codec.settle(codec.decode(codec.encode(back))), back)
    assert torch.equal(codec.encode_known(x.long())[..., 0], codec.encode(x))


def test_sixteen_levels_are_spread_over_black_to_white():
    codec = make_codec(ImageSpec(shape=(1, 2, 1)), Tokens(levels=16))
    x = torch.tensor([[[[0], [255]]]], dtype=torch.uint8)
    assert codec.encode(x).tolist() == [[0, 15]]
    assert codec.settle(codec.decode(codec.encode(x))).flatten().tolist() == [0, 255]


@pytest.mark.parametrize(
    "view",
    [
        Tokens(levels=1),
        Tokens(levels=300),
        Tokens(levels=16, patch=2),
        Tokens(levels=2, patch=4),
        Tokens(levels=2, palette=(9, 3)),
        Tokens(levels=2, palette=(0, 256)),
        Tokens(levels=3, palette=(0, 255)),
    ],
)
def test_views_that_make_no_sense_are_refused(view):
    with pytest.raises(SettingsError, match=r"levels|Patches|palette"):
        make_codec(ImageSpec(shape=(4, 4, 1)), view)


def test_values_outside_are_cut_not_wrapped():
    codec = make_codec(ImageSpec(shape=(1, 2, 1)), Continuous())
    view = torch.tensor([-3.0, 3.0]).reshape(1, 1, 1, 2)
    assert codec.settle(codec.decode(view)).flatten().tolist() == [0, 255]
