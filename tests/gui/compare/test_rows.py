"""Rows of every model beside one another, over those that they learned from."""

import numpy as np
import pytest


@pytest.fixture
def page(open_page, add_model):
    add_model("a", rows=True, family="vae", dataset_fingerprint="rows")
    add_model("b", rows=True, family="gan", dataset_fingerprint="rows")
    add_model("c", family="flow")

    def make():
        made = open_page(3)
        for subject in made.subjects:
            made.side.models.tick(subject.folder, subject.folder.name != "c")
        made.choose_view(1)
        return made

    return make


def draw(page, wait_until, count=200):
    view = page.samples
    view.count.setValue(count)
    view.draw.click()
    wait_until(lambda: view.drawing.running is None, 60)


def test_rows_stand_beside_those_they_were_learned_from(page, add_table, wait_until):
    page = page()
    rows = page.samples.rows
    assert page.samples.count.value() == 1000
    wait_until(lambda: rows.panels[0].caption.text() == "30 rows")
    draw(page, wait_until)
    assert [panel.caption.text() for panel in rows.panels] == ["30 rows", "200 rows", "200 rows"]
    names = [subject.name for subject in page.side.models.ticked]
    wait_until(lambda: rows.marginals.words(1).startswith(f"kind: training rows, {names[0]}, {names[1]}"))
    drawn = page.samples.drawing.rows(page.side.models.ticked[0].folder)
    assert drawn.shape == (200, 2)
    # Of the training rows half are long; of both models' rows as many as were drawn.
    share = np.mean(drawn[:, 1] == 0)
    wait_until(lambda: f"long: 50.0%, {share:.1%}, {share:.1%}" in rows.marginals.words(1))
    assert rows.panels[1].picture.grab().toImage() != rows.panels[0].picture.grab().toImage()
    # The same column twice is a histogram of it.
    rows.along.setCurrentIndex(0)
    rows.along.activated.emit(0)
    assert rows.panels[1].picture.grab().toImage() != rows.panels[2].picture.grab().toImage()


def test_without_the_data_set_the_knots_tell_of_numbers(page, wait_until):
    page = page()
    rows = page.samples.rows
    assert "is not here" in rows.note.text()
    draw(page, wait_until)
    wait_until(lambda: "training rows, " in rows.marginals.words(0))
    # Two knots: as many everywhere between them.
    assert "\n-1.0 to -0.9: 5.0%, " in rows.marginals.words(0)
    assert ": ?, " in rows.marginals.words(1)


def test_pictures_do_not_stand_beside_rows(page, add_table):
    page = page()
    for subject in page.subjects:
        page.side.models.tick(subject.folder, True)
    first = page.side.models.ticked[0].folder.name
    text = page.samples.words.text()
    if first == "c":
        assert "2 models do not make pictures" in text
    else:
        assert "1 model does not make rows of the same columns and does not stand here: C" in text


def test_the_density_of_points_is_measured_where_a_model_gives_it(open_page, add_points, wait_until):
    for name in ("a", "b"):
        add_points(name, likely=name == "a")
    page = open_page(2)
    page.choose_view(1)
    rows = page.samples.rows
    assert not rows.density.isHidden()
    before = {
        subject.folder.name: panel for subject, panel in zip(page.side.models.ticked, rows.panels[1:], strict=True)
    }
    rows.density.click()
    wait_until(lambda: before["a"].caption.text(), 60)
    # The file is none: that is said where the map would stand, and the other has nothing to say.
    assert "log_prob.onnx" in before["a"].caption.text()
    assert before["b"].caption.text() == ""
    rows.density.click()
    assert before["a"].caption.text() == ""
