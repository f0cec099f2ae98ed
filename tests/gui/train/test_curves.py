"""Curves come from the run's database, are drawn, toggled, zoomed, pointed at and saved."""

import csv
import math

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage

from studio.gui.train.curve_panel import CurvePanel


@pytest.fixture
def panel(context, make_run, wait_until):
    make_run("first", created=1.0)
    make_run("second", created=2.0, steps=100, previews=())
    panel = CurvePanel(context)
    panel.resize(800, 500)
    panel.show()
    wait_until(lambda: len(context.watch.snapshot.runs) == 2)
    yield panel
    panel.closing()


def row(context, name):
    return next(row for row in context.watch.snapshot.runs if row.name == name)


@pytest.fixture
def shown(panel, context, wait_until):
    panel.show_runs([row(context, "first")])
    wait_until(lambda: len(panel.plot.curves) == 2)
    return panel


def test_the_losses_are_shown_first(shown):
    assert shown.chosen == ["loss", "validation.loss"]
    curves = {key.metric: curve for key, curve in shown.plot.curves.items()}
    assert (curves["loss"].first, curves["loss"].last) == (1, 200)
    assert curves["loss"].newest == pytest.approx(100 * math.exp(-4) + 10)
    assert "loss  11.832" in shown.legend.text


def test_the_whole_run_is_in_view(shown):
    low, high = shown.plot.plot.getViewBox().viewRange()[0]
    assert low <= 1
    assert high >= 200


def test_ticks_say_the_values_themselves(shown):
    axis = shown.plot.plot.getAxis("left")
    axis.setRange(0.0, 0.8)
    assert axis.autoSIPrefixScale == 1.0
    assert axis.labelUnits == ""


def test_the_plot_is_really_drawn(shown, app):
    app.processEvents()
    image = shown.plot.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(70, image.width(), 2) for y in range(image.height())}
    assert "#56b4e9" in colours


def test_two_runs_lie_over_one_another(panel, context, wait_until):
    panel.show_runs([row(context, "first"), row(context, "second")])
    wait_until(lambda: len(panel.plot.curves) == 4)
    assert {key.run.name[:5] for key in panel.plot.curves} == {"first", "secon"}
    styles = list(panel.plot._styles.values())
    assert len({(style.colour.name(), style.dash) for style in styles}) == 4
    assert "first: loss" in panel.legend.text


def test_a_curve_is_hidden_and_shown_by_its_key(shown, wait_until):
    key = next(key for key in shown.plot.curves if key.metric == "loss")
    shown.legend.toggled.emit(key, False)
    assert key not in shown.plot.curves
    shown.legend.toggled.emit(key, True)
    wait_until(lambda: key in shown.plot.curves)


def test_metrics_are_chosen(shown, wait_until):
    shown.choose(["validation.loss"])
    wait_until(lambda: {key.metric for key in shown.plot.curves} == {"validation.loss"})
    shown.choose(None)
    wait_until(lambda: len(shown.plot.curves) == 2)


def test_the_crosshair_tells_every_value_and_stays_when_new_values_come(shown, wait_until):
    shown.plot.pointed.emit(100.0)
    assert "step 100" in shown.legend.text
    wanted = f"loss  {100 * math.exp(-2) + 10:,.5g}"
    assert wanted in shown.legend.text
    shown._on_curves_read(list(shown.plot.curves.values()))
    assert wanted in shown.legend.text
    shown.plot.pointed.emit(math.nan)
    assert "last value" in shown.legend.text


def test_the_mouse_moves_the_crosshair(shown, app):
    app.processEvents()
    box = shown.plot.plot.getViewBox()
    seen = []
    shown.plot.pointed.connect(seen.append)
    shown.plot._on_mouse_moved(box.mapViewToScene(QPointF(150.0, 40.0)))
    assert seen[-1] == pytest.approx(150, abs=1)
    assert shown.plot.crosshair.isVisible()
    shown.plot._on_mouse_moved(QPointF(-100.0, -100.0))
    assert math.isnan(seen[-1])
    assert not shown.plot.crosshair.isVisible()


def test_log_axes(shown):
    shown.log_x.click()
    shown.log_y.click()
    x, y = shown.plot.plot.getViewBox().viewRange()
    assert x[1] == pytest.approx(math.log10(200), abs=0.15)
    assert y[1] == pytest.approx(math.log10(110), abs=0.2)


def test_zoom_asks_for_what_is_in_view_and_double_click_shows_everything(shown, wait_until):
    asked = []
    shown.plot.range_wanted.connect(lambda limits, columns: asked.append((limits, columns)))
    box = shown.plot.plot.getViewBox()
    box.setRange(xRange=(50, 60), padding=0)
    box.sigRangeChangedManually.emit([True, True])
    wait_until(lambda: asked)
    assert asked[-1][0] == pytest.approx((50, 60), abs=0.5)
    wait_until(lambda: all(curve.steps.max() < 70 for curve in shown.plot.curves.values() if len(curve.steps)))
    shown.fit.click()
    assert asked[-1][0] is None
    wait_until(lambda: max(curve.steps.max() for curve in shown.plot.curves.values()) == 200)


def test_smoothing_keeps_the_raw_line(shown):
    shown.smoothing.setValue(80)
    (line, *_) = shown.plot._lines.values()
    assert line.smooth.isVisible()
    assert line.raw.opts["pen"].color().alpha() < 255
    shown.smoothing.setValue(0)
    assert not line.smooth.isVisible()


def test_a_living_run_goes_on_by_itself(shown, context, wait_until):
    from studio.store.metrics import RunDatabase

    database = RunDatabase(row(context, "first").folder)
    database.add_metrics(1, [(step, "loss", 5.0) for step in range(201, 241)])
    database.close()
    wait_until(lambda: max(curve.last for curve in shown.plot.curves.values()) == 240)


def test_values_as_csv(shown, tmp_path, wait_until):
    shown.save(tmp_path / "curves.csv")
    wait_until((tmp_path / "curves.csv").exists)
    with open(tmp_path / "curves.csv", newline="") as file:
        table = list(csv.reader(file))
    assert table[0] == ["run", "metric", "step", "value"]
    assert len(table) == 1 + 200 + 10
    assert table[1][:3] == ["first", "loss", "1"]
    assert float(table[1][3]) == 100 * math.exp(-1 / 50) + 10


def test_a_picture_as_png_and_svg(shown, tmp_path, app, wait_until, context):
    app.processEvents()
    shown.save(tmp_path / "curves.PNG")
    wait_until(lambda: "Saved the curves as curves.PNG." in context.toasts.texts)
    (tmp_path / "curves.PNG").rename(tmp_path / "curves.png")
    assert not QImage(str(tmp_path / "curves.png")).isNull()
    shown.save(tmp_path / "curves.svg")
    wait_until(lambda: "Saved the curves as curves.svg." in context.toasts.texts)
    text = (tmp_path / "curves.svg").read_text()
    assert "<svg" in text
    assert text.count("polyline") + text.count("<path") > 4


def test_where_it_cannot_be_saved_one_sentence_says_so(shown, context, tmp_path, wait_until):
    shown.save(tmp_path / "missing" / "curves.png")
    wait_until(lambda: any("no such file" in text for text in context.toasts.texts))
    shown.save(tmp_path / "curves.txt")
    assert "not as 'curves.txt'" in context.toasts.texts[-1]
    assert not (tmp_path / "curves.txt").exists()


def test_a_damaged_database_is_said_and_not_a_young_run(panel, context, wait_until):
    broken = row(context, "first")
    for path in broken.folder.glob("metrics.db*"):
        path.unlink()
    (broken.folder / "metrics.db").write_bytes(b"SQLite format 3\0" + bytes(5000))
    panel.show_runs([broken])
    wait_until(lambda: "cannot be read" in panel.plot._waiting.text())
    assert (broken.folder / "metrics.db").exists()
    panel.show_runs([row(context, "second")])
    wait_until(lambda: len(panel.plot.curves) == 2)
    assert not panel.plot._waiting.isVisible()


def test_far_zooms_on_a_log_axis_break_nothing(shown, app, faults):
    shown.log_x.click()
    box = shown.plot.plot.getViewBox()
    box.setRange(xRange=(-400, 400), padding=0)
    box.sigRangeChangedManually.emit([True, True])
    shown.plot._on_settled()
    app.processEvents()
    assert faults == []


def test_when_the_mouse_leaves_the_last_values_come_back(shown):
    from PySide6.QtCore import QEvent

    shown.plot.pointed.emit(100.0)
    shown.plot.leaveEvent(QEvent(QEvent.Type.Leave))
    assert "last value" in shown.legend.text


def test_a_run_without_curves_says_what_will_come(panel, context, make_run, wait_until):
    from studio.store.run import RunDocument, create_run

    document = RunDocument(id="", name="new", dataset="d", dataset_name="d", fingerprint="", family="vae", created=9.0)
    create_run(context.workspace, document)
    wait_until(lambda: len(context.watch.snapshot.runs) == 3)
    panel.show_runs([row(context, "new")])
    assert panel.plot._waiting.isVisible()
    assert panel.keys() == []
