"""A density as a picture."""

import numpy as np

from studio.gui.item.density import density_picture, score_picture


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


def test_a_score_is_strongest_where_it_is_highest_and_nothing_where_it_is_lowest():
    scores = np.linspace(-50.0, 950.0, 400).reshape(20, 20)
    scores[3, 3] = np.nan
    picture = score_picture(scores, (10, 20, 30))
    alpha = np.array([[picture.pixelColor(x, y).alpha() for x in range(20)] for y in range(20)])
    assert alpha[0, 0] == 0
    assert alpha[-1, -1] == alpha.max() == round(255 * 0.45)
    assert alpha[3, 3] == 0
    assert (np.diff(np.delete(alpha.ravel(), 63)) >= 0).all()
    # What means nothing by itself may be shifted and scaled.
    assert score_picture(3.0 * scores + 7.0, (10, 20, 30)) == picture
    assert score_picture(np.full((4, 4), 2.0), (1, 2, 3)).pixelColor(1, 1).alpha() == 0
