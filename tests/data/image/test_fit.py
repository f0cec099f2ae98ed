import numpy as np
import pytest
from PIL import Image

from studio.data.image.fit import Plan, fit_image


def fitted(array, height, width, channels, fit="crop", fill=255):
    return fit_image(Image.fromarray(array), Plan(height, width, channels, fit, fill))


def test_crop_takes_the_middle():
    image = np.zeros((4, 12), np.uint8)
    image[:, 4:8] = 200
    assert (fitted(image, 4, 4, 1) == 200).all()


@pytest.mark.parametrize(("fill", "level"), [(255, 255), (0, 0)])
def test_pad_keeps_all_on_the_background(fill, level):
    item = fitted(np.full((2, 8), 100, np.uint8), 8, 8, 1, fit="pad", fill=fill)[..., 0]
    assert (item[3:5] == 100).all()
    assert (item[:3] == level).all()
    assert (item[5:] == level).all()


def test_stretch_uses_every_pixel():
    image = np.repeat(np.array([[0, 250]], np.uint8), 4, axis=1)
    item = fitted(image, 3, 2, 1, fit="stretch")[..., 0]
    assert item.shape == (3, 2)
    assert (item[:, 0] < 30).all()
    assert (item[:, 1] > 220).all()


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (7, 13)])
@pytest.mark.fault("A8")
def test_any_shape_fits(fit, size):
    item = fitted(np.full(size, 90, np.uint8), 9, 5, 3, fit=fit, fill=90)
    assert item.shape == (9, 5, 3)
    assert (item == 90).all()
