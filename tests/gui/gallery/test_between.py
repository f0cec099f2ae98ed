"""What lies between two samples, drawn in the gallery."""

import shutil

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from studio.core.manifest import noise_input
from studio.data.image.sample_file import read_sample_settings
from studio.store.gallery import SAMPLES, list_batches
from studio.store.model import write_manifest


def select_two(page, first, second):
    """Click one tile, and another with Ctrl."""
    grid = page.panel.grid
    for index, keys in ((first, Qt.KeyboardModifier.NoModifier), (second, Qt.KeyboardModifier.ControlModifier)):
        QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, keys, grid.tile_rect(index).center())


@pytest.fixture
def way(drawn, kept):
    """Seven samples from number 2 to number 6 of the first batch."""
    select_two(drawn, 2, 6)
    drawn.controls.count.setValue(7)
    drawn.inspector.interpolate.click()
    kept(drawn, 2)
    return drawn.samples.batches[0]


def test_the_ends_are_the_two_samples(drawn, way):
    rows, first = np.load(way.samples), np.load(drawn.samples.batches[1].samples)
    np.testing.assert_array_equal(rows[[0, 6]], first[[2, 6]])
    assert len(np.unique(rows.reshape(7, -1), axis=0)) == 7
    document = way.document
    assert (document.request.start, document.request.interpolation.index, document.request.labels) == (
        2,
        6,
        (2, 2, 2, 0, 0, 0, 0),
    )
    drawn.selection.choose(way, 3)
    assert drawn.inspector.facts.texts()["Toward"] == "seed 0, number 6: 50%"


def test_one_of_them_again_is_equal_and_its_picture_restores_it(drawn, way, wait_until, open_page, workspace, tmp_path):
    drawn.selection.choose(way, 3)
    drawn.inspector.again.click()
    wait_until(lambda: drawn.context.toasts.texts)
    assert drawn.context.toasts.texts == ["Drawn again, alone: equal in every pixel."]
    target = tmp_path / "between.png"
    drawn.export.save([(way, 3)], target)
    wait_until(lambda: target.exists() and len(drawn.context.toasts.texts) == 2)
    settings = read_sample_settings(target)
    rows = np.load(way.samples)
    # The kept one is found by its place on the way.
    drawn.receive({"settings": settings, "path": target})
    wait_until(lambda: drawn.selection.shown == (way, 3))
    wait_until(lambda: len(drawn.context.toasts.texts) == 3)
    for folder, _ in list_batches(workspace):
        shutil.rmtree(folder)
    again = open_page()
    again.receive({"settings": settings, "path": target})
    wait_until(lambda: len(list_batches(workspace)) == 1)
    np.testing.assert_array_equal(np.load(list_batches(workspace)[0][0] / SAMPLES)[0], rows[3])


def test_the_one_clicked_last_is_the_far_end(drawn, kept):
    select_two(drawn, 6, 2)
    drawn.controls.count.setValue(3)
    drawn.inspector.interpolate.click()
    kept(drawn, 2)
    document = drawn.samples.batches[0].document
    assert (document.request.start, document.request.interpolation.index) == (6, 2)
    assert drawn.samples.caption(1) == ("class c, seed 0, number 6, 50% of the way to seed 0, number 2, Toy m-1")


def test_two_samples_are_needed(drawn):
    drawn.panel.grid.set_current(2)
    assert not drawn.inspector.interpolate.isEnabled()
    actions = {action.text(): action for action in drawn.offered}
    actions["Draw what lies between two samples"].run()
    assert drawn.panel.notice.text == "Select two samples of one model: click one, then the other with Ctrl."
    select_two(drawn, 2, 3)
    assert drawn.inspector.interpolate.isEnabled()


def test_a_model_without_a_latent_says_so(add_model, export_file, open_page, kept, wait_until):
    folder = add_model()
    page = open_page()
    page.controls.sample.click()
    kept(page, 1)
    _, manifest = export_file("m-1")
    symbols = noise_input((1, 4, 4), distribution="uniform")
    write_manifest(folder, manifest.model_copy(update={"inputs": (symbols, *manifest.inputs[1:])}))
    again = open_page()
    wait_until(lambda: again.samples.count())
    select_two(again, 0, 1)
    again.inspector.interpolate.click()
    wait_until(lambda: not again.panel.notice.isHidden())
    assert "is not normal, so it is no latent" in again.panel.notice.text
