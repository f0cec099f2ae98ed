"""The gallery as a person uses it: samples come, are kept, made again, marked, saved and restored."""

import json
import os
import shutil
import signal

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from studio.data.image.sample_file import read_sample_settings
from studio.store.gallery import SAMPLES, BatchDocument, list_batches


def batches(workspace):
    return [(folder, found) for folder, found in list_batches(workspace) if isinstance(found, BatchDocument)]


def toasts(page):
    return page.context.toasts.texts


def test_samples_are_shown_and_kept(drawn, workspace):
    ((folder, document),) = batches(workspace)
    assert (document.request.count, document.request.seed, document.model) == (8, 0, "m-1")
    assert document.request.labels == (0, 1, 2, 0, 1, 2, 0, 1)
    assert document.file == "models/m-1/sample.onnx"
    assert drawn.samples.count() == 8
    rows = np.load(folder / SAMPLES)
    for index in range(8):
        np.testing.assert_array_equal(drawn.samples.picture(index), rows[index])
    # The first one is chosen and inspected, with everything that made it.
    facts = drawn.inspector.facts.texts()
    assert (facts["Class"], facts["Seed"], facts["Number"], facts["Steps"]) == ("a", "0", "0", "4")
    assert facts["Provider"] == "CPU"
    assert os.listdir(workspace.folder("gallery")) == [folder.name]
    # The next request gives others.
    assert drawn.controls.seed.value() != 0


def test_they_are_there_at_the_next_start(drawn, open_page):
    again = open_page()
    assert again.samples.count() == 8
    np.testing.assert_array_equal(again.samples.picture(7), drawn.samples.picture(7))
    assert again.samples.caption(7) == "class b, seed 0, number 7, Toy m-1"


def test_one_again_is_equal_in_every_pixel(drawn, wait_until, workspace):
    drawn.panel.grid.set_current(5)
    drawn.inspector.again.click()
    wait_until(lambda: toasts(drawn))
    assert toasts(drawn) == ["Drawn again, alone: equal in every pixel."]
    # Nothing is left of it.
    assert len(os.listdir(workspace.folder("gallery"))) == 1


def test_one_again_that_differs_is_said(drawn, wait_until, workspace):
    ((folder, _),) = batches(workspace)
    rows = np.load(folder / SAMPLES, mmap_mode="r+")
    rows[5, 0, 0, 0] ^= 3
    rows.flush()
    drawn.panel.grid.set_current(5)
    drawn.inspector.again.click()
    wait_until(lambda: toasts(drawn))
    assert toasts(drawn)[0].startswith("Drawn again, alone: 1 value differ")


def test_variations_take_the_next_seed(drawn, kept, workspace):
    drawn.panel.grid.set_current(4)
    drawn.controls.count.setValue(3)
    drawn.inspector.variations.click()
    request = kept(drawn, 2)[1][1].request
    assert (request.seed, request.start, request.count, request.labels) == (1, 0, 3, (1,))
    assert drawn.samples.count() == 11
    # Newest first.
    assert drawn.samples.locate(0)[0].document.request.seed == 1


def test_stars_and_trash_outlive_the_window(drawn, open_page, wait_until, workspace, press):
    grid = drawn.panel.grid
    grid.set_current(2)
    press(grid, Qt.Key.Key_S)
    grid.set_current(6)
    press(grid, Qt.Key.Key_Delete)
    wait_until(lambda: not drawn.marks.busy)
    assert (batches(workspace)[0][1].starred, batches(workspace)[0][1].hidden) == ((2,), (6,))
    assert drawn.samples.count() == 7
    assert grid.current == 6
    again = open_page()
    assert [again.samples.marked(index) for index in range(7)] == [False, False, True, False, False, False, False]
    assert [again.samples.locate(index)[1] for index in range(7)] == [0, 1, 2, 3, 4, 5, 7]
    drawn.context.toasts.press_newest()
    wait_until(lambda: not drawn.marks.busy)
    assert batches(workspace)[0][1].hidden == ()
    assert drawn.samples.count() == 8


def test_a_batch_of_which_all_was_thrown_away_goes_at_the_next_start(drawn, open_page, wait_until, workspace, press):
    press(drawn.panel.grid, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    drawn.inspector.trash.click()
    wait_until(lambda: not drawn.marks.busy)
    assert drawn.samples.count() == 0
    assert len(batches(workspace)) == 1
    assert open_page().samples.count() == 0
    assert batches(workspace) == []
    assert len(os.listdir(workspace.folder("trash"))) == 1


def test_a_saved_picture_restores_what_made_it(drawn, open_page, wait_until, kept, tmp_path, workspace):
    target = tmp_path / "one.png"
    drawn.export.save([drawn.samples.locate(7)], target)
    wait_until(lambda: target.exists() and toasts(drawn))
    settings = read_sample_settings(target)
    assert (settings["seed"], settings["index"], settings["class"]) == (0, 7, "b")
    # Another workspace: the same model without its samples.
    ((folder, _),) = batches(workspace)
    picture = np.load(folder / SAMPLES)[7]
    shutil.rmtree(folder)
    page = open_page()
    page.receive({"settings": settings, "path": target})
    ((restored, document),) = kept(page, 1)
    np.testing.assert_array_equal(np.load(restored / SAMPLES)[0], picture)
    assert (document.request.start, document.request.count, document.request.labels) == (7, 1, (1,))
    assert page.controls.classes.currentText() == "b"
    assert (page.controls.seed.value(), page.controls.start.value(), page.controls.count.value()) == (0, 7, 1)
    assert page.inspector.facts.texts()["Number"] == "7"


def test_a_picture_whose_sample_is_kept_shows_that_one(drawn, wait_until, workspace):
    from studio.runtime.record import sample_settings

    settings = sample_settings(drawn.samples.batches[0].document, 3)
    drawn.panel.search.setText("nothing like it")
    drawn.receive({"settings": json.loads(json.dumps(settings))})
    assert drawn.panel.grid.current == 3
    wait_until(lambda: toasts(drawn))
    assert "equal in every pixel" in toasts(drawn)[0]
    assert len(batches(workspace)) == 1


def test_a_picture_of_a_model_that_is_not_here(drawn, export_file, wait_until, kept, workspace):
    path, _ = export_file("m-9")
    settings = {"model": "m-9", "title": "<b>Nine</b>", "seed": 4, "index": 2, "inputs": {"steps": 3, "label": 1}}
    drawn.receive({"settings": settings})
    assert drawn.panel.notice.text.startswith(
        "The model that made these samples, '<b>Nine</b>', is not in this workspace"
    )
    # It is restored when its file is opened.
    drawn.receive({"file": path})
    document = kept(drawn, 2)[1][1]
    assert (document.model, document.request.seed, document.request.start, document.request.labels) == (
        "m-9",
        4,
        2,
        (1,),
    )
    assert document.request.scalars == {"steps": 3, "shift": 0.1}
    assert drawn.panel.notice.isHidden()


@pytest.mark.parametrize(
    "raw", [{}, {"seed": -1, "index": 0}, {"seed": 0, "index": "x"}, {"seed": 1, "index": 1, "inputs": [3]}]
)
def test_a_picture_with_damaged_settings(drawn, raw):
    drawn.receive({"settings": raw})
    assert drawn.panel.notice.text == "The settings of the samples are damaged; choose a file that the studio saved."


@pytest.mark.fault("E7")
def test_saving_many_replaces_nothing(drawn, wait_until, tmp_path):
    drawn.export.save([drawn.samples.locate(index) for index in (1, 2)], tmp_path)
    wait_until(lambda: len(toasts(drawn)) == 1)
    drawn.export.save([drawn.samples.locate(1)], tmp_path)
    wait_until(lambda: len(toasts(drawn)) == 2)
    names = sorted(path.name for path in tmp_path.glob("*.png"))
    assert names == ["m-1-0-000001-2.png", "m-1-0-000001.png", "m-1-0-000002.png"]


def test_copied_settings_are_json(drawn):
    drawn.panel.grid.set_current(1)
    drawn.inspector.copy.click()
    settings = json.loads(QGuiApplication.clipboard().text())
    assert (settings["index"], settings["inputs"]["label"], settings["file"]) == (1, 1, "sample.onnx")


def test_cancel_keeps_what_came(add_model, open_page, kept, wait_until, workspace):
    add_model(width=1500)
    page = open_page()
    page.controls.scalars["steps"].setValue(400)
    page.controls.count.setValue(4000)
    page.controls.sample.click()
    wait_until(lambda: page.samples.batches and page.samples.batches[0].num_ready >= 4)
    assert page.samples.count() == 4000
    assert not page.panel.progress.isHidden()
    page.panel.progress.cancelled.emit()
    ((folder, document),) = kept(page, 1)
    assert 4 <= document.request.count < 4000
    assert (
        len(np.load(folder / SAMPLES)) == document.request.count == len(document.request.labels) == page.samples.count()
    )
    assert document.provider == "CPUExecutionProvider"
    assert page.panel.progress.isHidden()


@pytest.mark.fault("E4")
def test_twenty_clicks_are_one_request(add_model, open_page, kept, wait_until):
    add_model(width=1500)
    page = open_page()
    page.controls.new_seed.setChecked(False)
    page.controls.scalars["steps"].setValue(100)
    for _ in range(20):
        page.controls.sample.click()
    kept(page, 1)
    wait_until(lambda: page.drawing.current is None)
    assert page.samples.count() == 64


@pytest.mark.fault("E4")
def test_the_last_of_many_requests_wins(add_model, open_page, kept, wait_until, workspace):
    add_model(width=1500)
    page = open_page()
    page.controls.scalars["steps"].setValue(300)
    page.controls.new_seed.setChecked(False)
    for seed in range(20):
        page.controls.seed.setValue(seed)
        page.controls.sample.click()
    wait_until(lambda: page.drawing.current is None, 60)
    wait_until(lambda: all(batch.folder is not None for batch in page.samples.batches))
    whole = [document for _, document in batches(workspace) if document.request.count == 64]
    assert [document.request.seed for document in whole] == [19]


@pytest.mark.fault("E4")
def test_another_model_in_the_middle_shows_nothing_of_the_first(add_model, open_page, kept, wait_until, workspace):
    add_model("slow", 1500)
    add_model("quick")
    page = open_page(2)
    slow = next(choice for choice in page.library.choices if choice.key == "slow")
    quick = next(choice for choice in page.library.choices if choice.key == "quick")
    page.models.choose(slow.path)
    page.controls.scalars["steps"].setValue(400)
    page.controls.count.setValue(500)
    page.controls.sample.click()
    wait_until(lambda: page.samples.batches[0].num_ready > 0)
    page.models.choose(quick.path)
    assert page.samples.count() == 0
    assert page.selection.shown is None
    page.controls.count.setValue(5)
    page.controls.sample.click()
    kept(page, 2)
    assert page.samples.count() == 5
    assert {page.samples.locate(index)[0].model for index in range(5)} == {"quick"}
    page.models.choose(None)
    assert page.samples.count() == 5 + page.samples.batches[1].num_ready


def test_a_service_that_dies_in_between_loses_nothing(add_model, open_page, kept, wait_until, workspace):
    add_model(width=1500)
    page = open_page()
    page.controls.scalars["steps"].setValue(300)
    page.controls.sample.click()
    wait_until(lambda: page.samples.batches and page.samples.batches[0].num_ready > 0)
    first = page.sampler.pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not page.panel.notice.isHidden())
    assert page.panel.notice.text.startswith("The sampler service ended and was started again; nothing is lost")
    ((_, document),) = kept(page, 1)
    assert document.request.count == 64
    assert page.sampler.pid != first
    # And once more while nothing is asked.
    os.kill(page.sampler.pid, signal.SIGKILL)
    page.controls.count.setValue(3)
    page.controls.sample.click()
    assert kept(page, 2)[1][1].request.count == 3


@pytest.mark.fault("E4")
def test_a_service_that_hangs_is_killed_on_cancel(add_model, open_page, wait_until, monkeypatch):
    monkeypatch.setattr("studio.desk.sampler_thread._PATIENCE_S", 0.3)
    add_model(width=1500)
    page = open_page()
    wait_until(lambda: page.sampler.pid is not None)
    page.controls.scalars["steps"].setValue(1000)
    page.controls.sample.click()
    wait_until(lambda: page.samples.batches[0].num_ready > 0)
    os.kill(page.sampler.pid, signal.SIGSTOP)
    page.panel.progress.cancelled.emit()
    wait_until(lambda: page.drawing.current is None)
    page.controls.scalars["steps"].setValue(2)
    page.controls.count.setValue(2)
    page.controls.sample.click()
    wait_until(
        lambda: page.samples.batches[0].document.request.count == 2 and page.samples.batches[0].folder is not None
    )


def test_closing_in_the_middle_keeps_what_came(add_model, open_page, wait_until, workspace):
    add_model(width=1500)
    page = open_page()
    page.controls.scalars["steps"].setValue(400)
    page.controls.count.setValue(2000)
    page.controls.sample.click()
    wait_until(lambda: page.samples.batches and page.samples.batches[0].num_ready >= 4)
    pid = page.sampler.pid
    page.closing()
    ((folder, document),) = batches(workspace)
    assert document.request.count == len(np.load(folder / SAMPLES)) >= 4
    assert os.listdir(workspace.folder("gallery")) == [folder.name]
    assert not os.path.exists(f"/proc/{pid}")


@pytest.mark.fault("G5", "E7")
def test_hostile_names_are_text(add_model, open_page, kept):
    names = ("<img src=file:///etc/passwd>", "a" * 5000, "\u202eevil\n\x07" * 9)
    add_model(classes=names, title="<b>T</b>" * 50)
    page = open_page()
    page.controls.count.setValue(3)
    page.controls.sample.click()
    kept(page, 1)
    page.panel.grid.set_current(0)
    assert page.inspector.facts.texts()["Class"].replace("\u200b", "") == names[0]
    assert page.inspector.title.textFormat() == Qt.TextFormat.PlainText
    page.panel.grid.set_current(1)
    page.panel.grid.set_current(2)
    assert page.minimumSizeHint().width() < 1000
    page.grab()


def test_a_damaged_batch_is_said_and_the_others_are_shown(drawn, open_page, workspace):
    ((folder, _),) = batches(workspace)
    for name, data in (("broken", b"{"), ("short", None)):
        copy = shutil.copytree(folder, folder.with_name(name))
        if data is None:
            (copy / SAMPLES).write_bytes((copy / SAMPLES).read_bytes()[:150])
        else:
            (copy / "batch.json").write_bytes(data)
    page = open_page()
    assert page.samples.count() == 8
    assert page.panel.notice.text == "2 batches of kept samples cannot be shown."
