"""Rows are shown together: as a scatter plot, or a histogram of a single column."""

import numpy as np
import pytest

from studio.core.modality import ImageSpec, TableSpec
from studio.gui.item.viewer import overview_of, viewer_of

POINTS = TableSpec(shape=(2,), columns=("x", "y"), knots=((0.0, 10.0), (0.0, 1.0)))


def coloured(picture):
    """Where a picture is of the colour of its dots."""
    return (picture[..., 2] > 150) & (picture[..., 0] < 100) & (picture[..., 3] > 60)


def test_a_point_lies_where_its_axes_say(app):
    picture = overview_of(POINTS, np.array([[0.0, 1.0], [10.0, 0.0]], np.float32))
    assert picture.shape[2] == 4
    rows, columns = np.nonzero(coloured(picture))
    height, width = picture.shape[:2]
    upper = rows < height / 2
    assert (columns[upper] < width / 2).all()
    assert (columns[~upper] > width / 2).all()
    assert upper.any()
    assert (~upper).any()


def test_where_there_are_more_points_it_is_darker(app):
    many = np.repeat(np.array([[2.0, 0.5]], np.float32), 2000, 0)
    one = np.array([[8.0, 0.5]], np.float32)
    picture = overview_of(POINTS, np.concatenate([many, one]))
    middle = picture.shape[1] // 2
    assert picture[:, 40:middle, 3].max() > picture[20:-40, middle:-20, 3].max()


@pytest.mark.parametrize(
    "rows", [np.empty((0, 2)), np.array([[np.nan, 1.0]]), np.array([[1e38, -1e38]]), np.array([[5.0, 0.5]] * 3)]
)
@pytest.mark.parametrize("spec", [POINTS, TableSpec(shape=(2,), columns=("x", "y"))])
def test_odd_rows_are_no_reason_to_fail(app, rows, spec):
    assert overview_of(spec, rows.astype(np.float32)).shape[2] == 4


@pytest.mark.parametrize("columns", [1, 5])
def test_one_column_and_many(app, columns):
    spec = TableSpec(shape=(columns,), columns=tuple(f"c{number}" for number in range(columns)))
    rows = np.random.default_rng(0).normal(size=(500, columns)).astype(np.float32)
    assert coloured(overview_of(spec, rows)).sum() > 200
    card = viewer_of(spec).card(rows, 144)
    assert (card.width(), card.height()) == (144, 144)


def test_images_are_shown_each_by_itself(app):
    images = np.arange(9 * 16, dtype=np.uint8).reshape(9, 4, 4, 1)
    assert overview_of(None, images).shape == (16, 16, 1)
    assert overview_of(ImageSpec(shape=(4, 4, 1)), images[:1]).shape == (4, 4, 1)
    assert not ImageSpec.together
    assert viewer_of(None).card(images, 72).width() == 72
