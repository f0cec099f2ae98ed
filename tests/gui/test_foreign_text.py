"""Foreign text in plots is drawn as it is written: nothing in it is markup, and no file is opened by it."""

import pytest

HOSTILE = "loss<img src='{}'><b>x</b>&amp;"


@pytest.fixture
def hostile(tmp_path):
    """A name that opens a picture where it is read as markup."""
    return HOSTILE.format((tmp_path / "secret.png").as_uri())


@pytest.mark.fault("G5")
def test_the_name_of_a_metric_on_the_axis_of_curves(app, theme, hostile):
    """S11: a file was opened by an <img> in a metric's name."""
    from studio.gui.train.curve_plot import CurvePlot

    plot = CurvePlot(theme)
    plot.set_label(hostile)
    label = plot.plot.getAxis("left").label
    assert label.toPlainText().strip() == hostile
    assert "<img" not in label.document().toHtml()
    plot.deleteLater()


@pytest.mark.fault("G5")
def test_the_names_on_the_axes_of_the_comparison(app, theme, hostile):
    from studio.gui.compare.scatter import Scatter

    scatter = Scatter(theme)
    scatter.show_points([], hostile, hostile, hostile)
    for side in ("left", "bottom"):
        label = scatter.plot.getAxis(side).label
        assert label.toPlainText().strip() == hostile
        assert "<img" not in label.document().toHtml()
    scatter.deleteLater()


@pytest.mark.fault("G5")
def test_the_title_of_an_exported_drawing(app, hostile):
    from PySide6.QtWidgets import QLabel

    from studio.gui.train.curve_panel import as_svg

    label = QLabel("x")
    label.resize(20, 20)
    svg = as_svg(label, hostile).decode()
    assert "<title>loss&lt;img" in svg
    assert "<img" not in svg
