"""Rows are shown together: as a scatter plot, or a histogram of a single column."""

import numpy as np
import pytest

from studio.core.modality import Column, ImageSpec, TableSpec
from studio.gui.item.table import TableViewer
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


def test_which_columns_are_drawn_can_be_said(app):
    spec = TableSpec(shape=(3,), columns=("x", "y", "z"), knots=((0.0, 1.0), (0.0, 1.0), (0.0, 1.0)))
    rows = np.array([[0.5, 0.1, 0.9]] * 9, np.float32)

    def places(picture):
        rows, columns = np.nonzero(coloured(picture))
        return rows.mean() / picture.shape[0], columns.mean() / picture.shape[1]

    down, across = places(TableViewer(spec, (1, 2)).overview(rows))
    assert (down < 0.3, across < 0.3) == (True, True)
    down, across = places(TableViewer(spec, (2, 1)).overview(rows))
    assert (down > 0.7, across > 0.7) == (True, True)
    # One alone as a histogram, which stands on the axis.
    rows, columns = np.nonzero(coloured(TableViewer(spec, (2,)).overview(rows)))
    assert np.ptp(rows) > 200
    assert np.ptp(columns) < 20


def test_rows_of_a_category_are_spread_within_its_room(app):
    kinds = Column(name="kind", kind="category", categories=("a", "b"))
    spec = TableSpec(shape=(2,), columns=(kinds, Column(name="y", knots=(0.0, 1.0))))
    picture = TableViewer(spec).overview(np.array([[0.0, 0.5]] * 400, np.float32))
    _, columns = np.nonzero(coloured(picture))
    assert np.ptp(columns) > 80
    assert columns.max() < picture.shape[1] / 2 + 5


def test_a_picture_fills_its_place_and_marks_rows(app):
    rows = np.array([[2.0, 0.5]] * 50, np.float32)
    viewer = TableViewer(POINTS)
    plain = viewer.picture([(rows, (10, 200, 10))], (300, 200), 2.0)
    assert (plain.width(), plain.height(), plain.devicePixelRatio()) == (600, 400, 2.0)

    def red(image):
        image = image.convertToFormat(image.Format.Format_RGBA8888)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
        return int(((pixels[..., 0] > 150) & (pixels[..., 1] < 90) & (pixels[..., 3] > 60)).sum())

    assert red(plain) == 0
    assert red(viewer.picture([(rows, (10, 200, 10)), (rows[:1], (220, 20, 20))], (300, 200))) > 0


def test_images_are_shown_each_by_itself(app):
    images = np.arange(9 * 16, dtype=np.uint8).reshape(9, 4, 4, 1)
    assert overview_of(None, images).shape == (16, 16, 1)
    assert overview_of(ImageSpec(shape=(4, 4, 1)), images[:1]).shape == (4, 4, 1)
    assert not ImageSpec.together
    assert viewer_of(None).card(images, 72).width() == 72
