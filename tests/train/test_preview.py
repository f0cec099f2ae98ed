"""Previews: which classes are drawn, and what of a family's samples is written."""

import numpy as np
import pytest
from torch import nn

from studio.core.errors import ForeignEntryError, PluginError
from studio.core.manifest import noise_input
from studio.core.modality import ImageSpec
from studio.core.spec import Continuous
from studio.nn import Sampler
from studio.train.preview import draw_preview, preview_labels
from studio.train.trained import TrainedModel


class Family:
    """A family that draws its noise as items."""

    def call(self, hook, trained):
        codec = trained.codec(Continuous())
        return Sampler([noise_input(codec.shape)], nn.Identity(), codec=codec)


def trained(shape=(3, 2, 1)):
    return TrainedModel("f", None, ImageSpec(shape=shape), {})


def test_every_class_in_turn():
    assert preview_labels(5, 2) == [0, 1, 0, 1, 0]
    assert preview_labels(2, 10) == [0, 1]
    assert preview_labels(5, 0) is None


def test_the_same_seed_draws_the_same_items(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        draw_preview(
            Family().call("studio_sample", trained()), trained(), tmp_path / "previews" / f"{name}.npy", seed, 4
        )
    first, again, other = (np.load(tmp_path / "previews" / f"{name}.npy") for name in "abc")
    assert (first.dtype, first.shape) == ("uint8", (4, 3, 2, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_what_is_no_item_is_not_written(tmp_path):
    class Other(Family):
        def call(self, hook, trained):
            codec = TrainedModel("f", None, ImageSpec(shape=(1, 1, 1)), {}).codec(Continuous())
            return Sampler([noise_input(codec.shape)], nn.Identity(), codec=codec)

    with pytest.raises(PluginError, match=r"draws uint8 \(4, 1, 1, 1\), and as many items .* uint8 \(4, 3, 2, 1\)"):
        draw_preview(Other().call("studio_sample", trained()), trained(), tmp_path / "previews" / "a.npy", 1, 4)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_behind_a_link(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "previews").symlink_to(tmp_path / "outside")
    with pytest.raises(ForeignEntryError, match="previews is a link"):
        draw_preview(Family().call("studio_sample", trained()), trained(), tmp_path / "previews" / "a.npy", 1, 4)
    assert list((tmp_path / "outside").iterdir()) == []
