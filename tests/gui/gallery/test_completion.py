"""Samples and pictures of one's own, completed in the gallery."""

import shutil

import numpy as np
from PIL import Image

from studio.core.known_values import KnownValues
from studio.data.image.sample_file import read_sample_settings
from studio.store.gallery import SAMPLES, list_batches


def test_a_sample_is_completed_and_its_picture_restores_that(
    add_model, open_page, kept, wait_until, workspace, tmp_path
):
    add_model(given=True)
    page = open_page()
    wait_until(lambda: page.controls.known is not None)
    page.controls.count.setValue(3)
    page.requests.sample()
    first = np.load(kept(page, 1)[0][0] / SAMPLES)
    page.panel.grid.set_current(1)
    page.inspector.complete.click()
    page.requests.sample()
    ((_, document), *_) = sorted(kept(page, 2), key=lambda entry: -entry[1].created)
    completed = page.samples.batches[0]
    assert document.request.given == KnownValues([*first[1, :2].flatten().tolist(), *[-1] * 8])
    rows = np.load(completed.samples)
    np.testing.assert_array_equal(rows[:, :2], first[1:2, :2].repeat(3, axis=0))
    assert not np.array_equal(rows[0, 2:], first[1, 2:])
    assert page.inspector.facts.texts()["Kept"] == "8 of 16 values"
    page.selection.choose(completed, 2)
    page.inspector.again.click()
    wait_until(lambda: page.context.toasts.texts)
    assert page.context.toasts.texts == ["Drawn again, alone: equal in every pixel."]
    # Its picture sets the control; without the sample itself it is drawn from what the picture says.
    page.controls.known.clear.click()
    target = tmp_path / "one.png"
    page.export.save([(completed, 2)], target)
    wait_until(lambda: target.exists() and len(page.context.toasts.texts) == 2)
    for folder, _ in list_batches(workspace):
        shutil.rmtree(folder)
    again = open_page()
    again.receive({"settings": read_sample_settings(target), "path": target})
    ((restored, document),) = kept(again, 1)
    np.testing.assert_array_equal(np.load(restored / SAMPLES)[0], rows[2])
    assert again.controls.request().given == document.request.given == completed.document.request.given


def test_a_picture_of_ones_own_is_completed(add_model, open_page, wait_until, tmp_path):
    add_model(given=True)
    page = open_page()
    wait_until(lambda: page.controls.known is not None)
    Image.new("L", (5, 4)).save(tmp_path / "wide.png")
    page.controls.known.picture_chosen.emit(tmp_path / "wide.png")
    wait_until(lambda: not page.panel.notice.isHidden())
    assert "has 5x4 pixels, the model's items 4x4" in page.panel.notice.text
    Image.new("L", (4, 4), 9).save(tmp_path / "own.png")
    page.controls.known.picture_chosen.emit(tmp_path / "own.png")
    wait_until(lambda: page.controls.request().given)
    assert page.controls.request().given == KnownValues([9] * 16)
    assert page.panel.notice.isHidden()


def test_a_model_that_completes_nothing_says_so(drawn):
    drawn.inspector.complete.click()
    assert drawn.panel.notice.text.startswith("The chosen model completes nothing; ")
