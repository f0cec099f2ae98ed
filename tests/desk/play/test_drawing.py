"""The points on the canvas."""

import numpy as np
import pytest

from studio.desk.play.drawing import BRUSH, EXAMPLE_NAMES, FEWEST, HALF_SIDE, MOST, Drawing


@pytest.fixture
def drawing():
    return Drawing(seed=0)


def stroke(drawing, *points, **how):
    drawing.begin(*points[0], **how)
    for point in points[1:]:
        drawing.move(*point)
    drawing.end()


def test_a_stroke_scatters_points_along_its_way(drawing):
    stroke(drawing, (-2.0, 1.0), (0.0, 1.0), (2.0, 1.0))
    assert drawing.rows.dtype == np.float32
    assert 200 < len(drawing.rows) < 300
    assert np.abs(drawing.rows[:, 1] - 1.0).max() < 5 * BRUSH
    shares, _ = np.histogram(drawing.rows[:, 0], 4, (-2, 2))
    assert shares.min() > 0.7 * shares.max() - 10


def test_a_pen_that_is_pressed_less_leaves_less(drawing):
    drawing.begin(-2.0, 0.0, strength=0.1)
    drawing.move(2.0, 0.0, strength=0.25)
    faint = len(drawing.rows)
    other = Drawing(seed=0)
    stroke(other, (-2.0, 0.0), (2.0, 0.0))
    assert faint < 0.4 * len(other.rows)


def test_many_small_moves_scatter_as_much_as_a_large_one(drawing):
    stroke(drawing, *((-2.0 + step * 0.004, 0.0) for step in range(1001)))
    assert 180 < len(drawing.rows) < 320


def test_the_brush_goes_on_while_it_is_held_and_not_after(drawing):
    drawing.begin(0.0, 0.0)
    first = len(drawing.rows)
    drawing.hold()
    assert len(drawing.rows) > first > 0
    drawing.end()
    count = len(drawing.rows)
    drawing.hold()
    drawing.move(1.0, 1.0)
    assert len(drawing.rows) == count


def test_points_stay_on_the_canvas_and_within_their_number(drawing, monkeypatch):
    stroke(drawing, (HALF_SIDE - 0.05, 0.0), (HALF_SIDE - 0.05, 3.0))
    assert np.abs(drawing.rows).max() < HALF_SIDE
    monkeypatch.setattr("studio.desk.play.drawing.MOST", len(drawing.rows) + 3)
    count = len(drawing.rows)
    stroke(drawing, (0.0, 0.0), (3.0, 3.0))
    assert len(drawing.rows) == count + 3
    assert MOST > 20_000  # the examples leave room for more


def test_the_eraser_rubs_out_along_its_way(drawing):
    stroke(drawing, (-3.0, 0.0), (3.0, 0.0))
    stroke(drawing, (0.0, 2.0), (0.0, -2.0), erases=True)
    assert len(drawing.rows) > 100
    assert np.abs(drawing.rows[:, 0]).min() > 0.3


def test_everything_can_be_undone(drawing):
    assert not drawing.can_undo
    stroke(drawing, (0.0, 0.0), (1.0, 0.0))
    first = drawing.rows
    drawing.take_example("rings")
    drawing.clear()
    drawing.clear()
    assert len(drawing.rows) == 0
    drawing.undo()
    assert drawing.example == "rings"
    drawing.undo()
    assert drawing.rows is first
    assert drawing.example == ""
    drawing.undo()
    assert len(drawing.rows) == 0
    drawing.undo()


def test_a_stroke_that_changes_nothing_leaves_the_example_what_it_is(drawing):
    drawing.take_example("rings")
    stroke(drawing, (4.3, 4.3), (4.4, 4.4), erases=True)
    assert drawing.example == "rings"
    stroke(drawing, (0.75, 0.0), (0.75, 0.1), erases=True)
    assert drawing.example == ""
    drawing.undo()
    assert drawing.example == "rings"


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_an_example_fits_the_canvas(drawing, name):
    drawing.take_example(name)
    assert drawing.rows.shape == (20_000, 2)
    assert (np.abs(drawing.rows) < HALF_SIDE).all(1).mean() > 0.999
    assert drawing.missing == ""


def test_what_is_missing_is_said(drawing):
    assert drawing.missing == f"Draw some points first, at least {FEWEST}, or take an example."
    drawing.begin(0.0, 0.0)
    assert drawing.missing.startswith("Draw some more points")
