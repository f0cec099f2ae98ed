"""A density as a picture."""

import numpy as np

from studio.gui.item.density import density_picture


def test_the_higher_the_stronger_and_what_is_not_finite_is_left_out(app):
    values = np.full((20, 20), -50.0)
    values[2, 5], values[10, 8:12], values[11, 10] = np.nan, 1.0, 0.0
    image = density_picture(values, (200, 10, 30))
    assert (image.width(), image.height()) == (20, 20)
    strong, weak, none = (image.pixelColor(x, y).alpha() for x, y in ((10, 10), (10, 11), (0, 0)))
    assert strong > weak > 20
    assert none == 0
    assert image.pixelColor(5, 2).alpha() == 0
    assert image.pixelColor(10, 10).red() == 200
    assert density_picture(np.full((3, 3), -np.inf), (1, 2, 3)).pixelColor(1, 1).alpha() == 0
