"""The Play page: drawing, Go, and what is seen of the families."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from studio.store.dataset import list_datasets
from studio.store.metrics import RunDatabase
from studio.store.plane import write_plane
from studio.store.run import list_runs, read_status, write_status


@pytest.fixture
def page(context, wait_until, monkeypatch):
    from studio.gui.play.page import PlayPage

    monkeypatch.setattr("studio.jobs.control.ensure_supervisor", lambda _: None)
    monkeypatch.setattr("studio.desk.play.lesson.ensure_supervisor", lambda workspace, soon: None)
    monkeypatch.setattr("studio.desk.play.lesson.stop_soon", lambda workspace, folder: None)
    page = PlayPage(context)
    page.resize(1100, 700)
    page.show()
    page.shown()
    wait_until(lambda: page.panels)
    yield page
    page.closing()


def mouse(canvas, kind, x, y, button=Qt.MouseButton.LeftButton):
    from studio.gui.play.plane import square_of

    square = square_of(canvas)
    point = QPointF(square.left() + x * square.width(), square.top() + y * square.height())
    event = QMouseEvent(kind, point, canvas.mapToGlobal(point), button, button, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(canvas, event)


def draw(canvas, *points, button=Qt.MouseButton.LeftButton):
    mouse(canvas, QEvent.Type.MouseButtonPress, *points[0], button)
    for point in points[1:]:
        mouse(canvas, QEvent.Type.MouseMove, *point, button)
    mouse(canvas, QEvent.Type.MouseButtonRelease, *points[-1], button)


def test_there_is_a_panel_for_each_family_that_can_model_points_and_no_other(page, context):
    views = {"vector", "tokens"}
    fit = [f.id for f in context.installed_plugins().families if views & set(f.views) and "none" in f.conditions]
    assert len(fit) == 5
    assert list(page.panels) == fit
    assert all(panel.isVisible() for panel in page.panels.values())
    assert page.panels["flow"].caption.text() == page.panels["flow"].family.summary


def test_a_stroke_lands_where_the_mouse_is(page):
    assert not page.go.ready
    assert page.stage.text().startswith("Draw some points first")
    draw(page.canvas, (0.25, 0.25), (0.75, 0.25))
    rows = page.drawing.rows
    assert len(rows) > 100
    assert rows[:, 1].mean() == pytest.approx(2.25, abs=0.1)
    assert rows[:, 0].min() == pytest.approx(-2.25, abs=0.8)
    assert rows[:, 0].max() == pytest.approx(2.25, abs=0.8)
    assert page.go.ready
    assert page.count.text() == f"{len(rows):,} points"
    assert page._ground.rows is rows


def test_rubbing_out_undo_and_clear(page):
    draw(page.canvas, (0.25, 0.5), (0.75, 0.5))
    whole = len(page.drawing.rows)
    draw(page.canvas, (0.5, 0.4), (0.5, 0.6), button=Qt.MouseButton.RightButton)
    right = len(page.drawing.rows)
    assert right < whole
    page.eraser.click()
    draw(page.canvas, (0.7, 0.4), (0.7, 0.6))
    assert len(page.drawing.rows) < right
    page.undo.run()
    page.undo.run()
    assert len(page.drawing.rows) == whole
    page.clear.run()
    assert len(page.drawing.rows) == 0
    assert not page.go.ready


def picture_of(widget):
    return widget.grab().toImage()


def has(image, colour, share=0.0005):
    """Whether some share of a picture has about this colour."""
    image = image.convertToFormat(image.Format.Format_RGB888)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = pixels[:, : 3 * image.width()].reshape(-1, 3).astype(int)
    near = np.abs(pixels - [colour.red(), colour.green(), colour.blue()]).max(1) < 24
    return near.mean() > share


def test_go_makes_a_data_set_and_runs_and_shows_what_they_draw(page, context, wait_until):
    page.take("two-moons")
    page.drawing.take_example("rings")
    draw(page.canvas, (0.1, 0.1), (0.2, 0.1))
    page.go.run()
    wait_until(lambda: page._lesson.runs, timeout_s=60)
    wait_until(lambda: all(panel.run for panel in page.panels.values()))
    assert [document.name for _, document in list_datasets(context.workspace)] == ["Play 1"]
    runs = {run.family: folder for folder, run in list_runs(context.workspace)}
    assert set(runs) == set(page.panels)
    assert page.stop.ready
    assert page.panels["flow"].caption.text() == "Beginning"
    folder = runs["flow"]
    colour = context.theme.family("flow")
    assert not has(picture_of(page.panels["flow"].picture), colour)
    samples = np.random.default_rng(0).normal(size=(400, 2)).astype(np.float32)
    np.save(folder / "previews" / "step-00000070.npy", samples)
    database = RunDatabase(folder)
    database.add_metrics(database.begin_segment(0), [(70, "loss", 2.5)])
    database.close()
    wait_until(lambda: page.panels["flow"].glimpse.step == 70)
    assert np.array_equal(page.panels["flow"].picture.samples, samples)
    assert page.panels["flow"].caption.text() == "step 70, loss 2.5"
    assert has(picture_of(page.panels["flow"].picture), colour)
    assert page.panels["flow"].density.text() == ""
    alone = picture_of(page.panels["flow"].picture)
    write_plane(folder, 70, "bound", np.zeros((8, 8)))
    wait_until(lambda: page.panels["flow"].density.text() == "density, at least")
    assert picture_of(page.panels["flow"].picture) != alone
    page.inside.click()
    wait_until(lambda: picture_of(page.panels["flow"].picture) == alone)
    wanted = []
    page.page_wanted.connect(lambda key, target: wanted.append((key, target)))
    mouse(page.panels["flow"], QEvent.Type.MouseButtonRelease, 0.5, 0.5)
    assert wanted == [("train", {"run": folder.name})]
    page.stop.run()
    wait_until(lambda: page._lesson.over)
    assert {read_status(each).state for each in runs.values()} == {"stopped"}
    wait_until(lambda: not page.stop.ready)
    assert "stopped" in page.panels["flow"].caption.text()


def test_a_second_go_stops_the_first(page, context, wait_until):
    draw(page.canvas, (0.1, 0.1), (0.9, 0.9))
    page.go.run()
    wait_until(lambda: page._lesson.runs, timeout_s=60)
    first = dict(page._lesson.runs)
    page.go.run()
    wait_until(lambda: page._lesson.runs and page._lesson.runs != first, timeout_s=60)
    wait_until(lambda: {read_status(folder).state for folder in first.values()} == {"stopped"})
    assert {read_status(folder).state for folder in page._lesson.runs.values()} == {"queued"}
    assert len(list_datasets(context.workspace)) == 1
    wait_until(lambda: page.panels["flow"].run == page._lesson.runs["flow"].name)


def test_what_an_earlier_window_left_at_work_is_stopped(page, context, wait_until):
    draw(page.canvas, (0.1, 0.1), (0.9, 0.9))
    page.go.run()
    wait_until(lambda: page._lesson.runs, timeout_s=60)
    left = dict(page._lesson.runs)
    page._lesson = None
    wait_until(lambda: len(context.watch.snapshot.runs) == len(left))
    page.go.run()
    wait_until(lambda: {read_status(folder).state for folder in left.values()} == {"stopped"})
    wait_until(lambda: page._lesson.runs, timeout_s=60)


def test_why_a_run_failed_stands_in_its_panel(page, wait_until):
    draw(page.canvas, (0.1, 0.1), (0.9, 0.9))
    page.go.run()
    wait_until(lambda: page._lesson.runs, timeout_s=60)
    folder = page._lesson.runs["flow"]
    status = read_status(folder)
    status.state, status.message = "failed", "The <b>disk</b> is full."
    write_status(folder, status)
    wait_until(lambda: page.panels["flow"].caption.text() == "The <b>disk</b> is full.")


def test_dots_move_from_where_they_were(app, theme, monkeypatch):
    from studio.gui.play.picture import Picture
    from studio.gui.play.plane import Ground

    now = [100.0]
    monkeypatch.setattr("studio.gui.play.picture.time.monotonic", lambda: now[0])
    picture = Picture(theme, theme.family("flow"), Ground())
    picture.resize(100, 100)
    picture.show()
    picture.set_samples(np.zeros((3, 2), np.float32))
    now[0] = 200.0
    picture.set_samples(np.array([[2, 0], [0, 2], [np.nan, 0]], np.float32))
    now[0] = 200.15
    half = picture._where()
    assert half[0] == pytest.approx([1.0, 0.0])
    picture.grab()
    now[0] = 201.0
    assert picture._where()[0] == pytest.approx([2.0, 0.0])
    picture.set_samples(np.zeros((5, 2), np.float32))
    assert len(picture._where()) == 5


def test_panels_get_as_much_room_as_there_is():
    from studio.gui.panel_grid import best_columns

    assert best_columns(5, (900, 560), (16, 76))[0] == 3
    assert best_columns(1, (900, 560), (16, 76))[0] == 1
    assert best_columns(2, (400, 900), (16, 76))[0] == 1
    columns, side = best_columns(5, (900, 560), (16, 76))
    assert columns * (side + 16) + 24 <= 900
    assert 2 * (side + 76) + 12 <= 560
    assert best_columns(3, (10, 10), (16, 76))[1] == 1
