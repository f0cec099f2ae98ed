"""The gallery as a person uses it: samples come, are kept, made again, marked, saved and restored."""

import json
import os
import shutil
import signal

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from studio.data.picture import read_sample_settings
from studio.store.gallery import SAMPLES, BatchDocument, list_batches


def batches(workspace):
    return [(folder, found) for folder, found in list_batches(workspace) if isinstance(found, BatchDocument)]


@pytest.fixture
def kept(workspace, wait_until):
    """Wait until so many batches lie in the workspace and the page knows them."""

    def wait(page, count):
        wait_until(lambda: len(batches(workspace)) == count)
        wait_until(lambda: all(batch.folder is not None for batch in page.shelf.batches))
        return batches(workspace)

    return wait


@pytest.fixture
def drawn(add_model, open_page, kept):
    """A page with eight samples of one model, seed 0, every class in turn."""
    add_model()
    page = open_page()
    page.controls.count.setValue(8)
    page.controls.sample.click()
    kept(page, 1)
    return page


def toasts(page):
    return page.context.toasts.texts


def test_samples_are_shown_and_kept(drawn, workspace):
    ((folder, document),) = batches(workspace)
    assert (document.count, document.seed, document.model) == (8, 0, "m-1")
    assert document.labels == (0, 1, 2, 0, 1, 2, 0, 1)
    assert document.file == "models/m-1/sample.onnx"
    assert drawn.shelf.count() == 8
    rows = np.load(folder / SAMPLES)
    for index in range(8):
        np.testing.assert_array_equal(drawn.shelf.picture(index), rows[index])
    # The first one is chosen and inspected, with everything that made it.
    facts = drawn.inspector.facts.texts()
    assert (facts["Class"], facts["Seed"], facts["Number"], facts["Steps"]) == ("a", "0", "0", "4")
    assert facts["Provider"] == "CPU"
    assert os.listdir(workspace.folder("gallery")) == [folder.name]
    # The next request gives others.
    assert drawn.controls.seed.value() != 0


def test_they_are_there_at_the_next_start(drawn, open_page):
    again = open_page()
    assert again.shelf.count() == 8
    np.testing.assert_array_equal(again.shelf.picture(7), drawn.shelf.picture(7))
    assert again.shelf.caption(7) == "class b, seed 0, number 7, Toy m-1"


def test_one_again_is_equal_in_every_pixel(drawn, wait_until, workspace):
    drawn.wall.grid.set_current(5)
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
    drawn.wall.grid.set_current(5)
    drawn.inspector.again.click()
    wait_until(lambda: toasts(drawn))
    assert toasts(drawn)[0].startswith("Drawn again, alone: 1 value differ")


def test_variations_take_the_next_seed(drawn, kept, workspace):
    drawn.wall.grid.set_current(4)
    drawn.controls.count.setValue(3)
    drawn.inspector.variations.click()
    second = kept(drawn, 2)[1][1]
    assert (second.seed, second.count, second.labels) == (1, 3, (1,))
    assert drawn.shelf.count() == 11
    # Newest first.
    assert drawn.shelf.locate(0)[0].document.seed == 1


def test_stars_and_trash_outlive_the_window(drawn, open_page, wait_until, workspace):
    grid = drawn.wall.grid
    grid.set_current(2)
    QTest.keyClick(grid, Qt.Key.Key_S)
    grid.set_current(6)
    QTest.keyClick(grid, Qt.Key.Key_Delete)
    wait_until(lambda: not drawn.marks.busy)
    assert (batches(workspace)[0][1].starred, batches(workspace)[0][1].hidden) == ((2,), (6,))
    assert drawn.shelf.count() == 7
    assert grid.current == 6
    again = open_page()
    assert [again.shelf.marked(index) for index in range(7)] == [False, False, True, False, False, False, False]
    assert [again.shelf.locate(index)[1] for index in range(7)] == [0, 1, 2, 3, 4, 5, 7]
    drawn.context.toasts.press_newest()
    wait_until(lambda: not drawn.marks.busy)
    assert batches(workspace)[0][1].hidden == ()
    assert drawn.shelf.count() == 8


def test_a_batch_of_which_all_was_thrown_away_goes_at_the_next_start(drawn, open_page, wait_until, workspace):
    QTest.keyClick(drawn.wall.grid, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    drawn.inspector.trash.click()
    wait_until(lambda: not drawn.marks.busy)
    assert drawn.shelf.count() == 0
    assert len(batches(workspace)) == 1
    assert open_page().shelf.count() == 0
    assert batches(workspace) == []
    assert len(os.listdir(workspace.folder("trash"))) == 1


def test_a_saved_picture_restores_what_made_it(drawn, open_page, wait_until, kept, tmp_path, workspace):
    target = tmp_path / "one.png"
    drawn.handling.save([drawn.shelf.locate(7)], target)
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
    assert (document.start, document.count, document.labels) == (7, 1, (1,))
    assert page.controls.classes.currentText() == "b"
    assert (page.controls.seed.value(), page.controls.start.value(), page.controls.count.value()) == (0, 7, 1)
    assert page.inspector.facts.texts()["Number"] == "7"


def test_a_picture_whose_sample_is_kept_shows_that_one(drawn, wait_until, workspace):
    from studio.runtime.request import sample_settings

    settings = sample_settings(drawn.shelf.batches[0].document, 3)
    drawn.wall.search.setText("nothing like it")
    drawn.receive({"settings": json.loads(json.dumps(settings))})
    assert drawn.wall.grid.current == 3
    wait_until(lambda: toasts(drawn))
    assert "equal in every pixel" in toasts(drawn)[0]
    assert len(batches(workspace)) == 1


def test_a_picture_of_a_model_that_is_not_here(drawn, export_file, wait_until, kept, workspace):
    path, _ = export_file("m-9")
    settings = {"model": "m-9", "title": "<b>Nine</b>", "seed": 4, "index": 2, "inputs": {"steps": 3, "label": 1}}
    drawn.receive({"settings": settings})
    assert drawn.wall.notice.text.startswith(
        "The model that made this picture, '<b>Nine</b>', is not in this workspace"
    )
    # It is restored when its file is opened.
    drawn.receive({"file": path})
    document = kept(drawn, 2)[1][1]
    assert (document.model, document.seed, document.start, document.labels) == ("m-9", 4, 2, (1,))
    assert document.scalars == {"steps": 3, "shift": 0.1}
    assert drawn.wall.notice.isHidden()


@pytest.mark.parametrize(
    "raw", [{}, {"seed": -1, "index": 0}, {"seed": 0, "index": "x"}, {"seed": 1, "index": 1, "inputs": [3]}]
)
def test_a_picture_with_damaged_settings(drawn, raw):
    drawn.receive({"settings": raw})
    assert drawn.wall.notice.text == "The settings in the picture are damaged; choose a picture that the studio saved."


def test_saving_many_replaces_nothing(drawn, wait_until, tmp_path):
    drawn.handling.save([drawn.shelf.locate(index) for index in (1, 2)], tmp_path)
    wait_until(lambda: len(toasts(drawn)) == 1)
    drawn.handling.save([drawn.shelf.locate(1)], tmp_path)
    wait_until(lambda: len(toasts(drawn)) == 2)
    names = sorted(path.name for path in tmp_path.glob("*.png"))
    assert names == ["m-1-0-000001-2.png", "m-1-0-000001.png", "m-1-0-000002.png"]


def test_copied_settings_are_json(drawn):
    drawn.wall.grid.set_current(1)
    drawn.inspector.copy.click()
    settings = json.loads(QGuiApplication.clipboard().text())
    assert (settings["index"], settings["inputs"]["label"], settings["file"]) == (1, 1, "sample.onnx")


def test_cancel_keeps_what_came(add_model, open_page, kept, wait_until, workspace):
    add_model(width=1500)
    page = open_page()
    page.controls.scalars["steps"].setValue(400)
    page.controls.count.setValue(4000)
    page.controls.sample.click()
    wait_until(lambda: page.shelf.batches and page.shelf.batches[0].came >= 4)
    assert page.shelf.count() == 4000
    assert not page.wall.progress.isHidden()
    page.wall.progress.cancelled.emit()
    ((folder, document),) = kept(page, 1)
    assert 4 <= document.count < 4000
    assert len(np.load(folder / SAMPLES)) == document.count == len(document.labels) == page.shelf.count()
    assert document.provider == "CPUExecutionProvider"
    assert page.wall.progress.isHidden()


def test_twenty_clicks_are_one_request(add_model, open_page, kept, wait_until):
    add_model(width=1500)
    page = open_page()
    page.controls.new_seed.setChecked(False)
    page.controls.scalars["steps"].setValue(100)
    for _ in range(20):
        page.controls.sample.click()
    kept(page, 1)
    wait_until(lambda: page.drawing.current is None)
    assert page.shelf.count() == 64


def test_the_last_of_many_requests_wins(add_model, open_page, kept, wait_until, workspace):
    add_model(width=1500)
    page = open_page()
    page.controls.scalars["steps"].setValue(300)
    page.controls.new_seed.setChecked(False)
    for seed in range(20):
        page.controls.seed.setValue(seed)
        page.controls.sample.click()
    wait_until(lambda: page.drawing.current is None, 60)
    wait_until(lambda: all(batch.folder is not None for batch in page.shelf.batches))
    whole = [document for _, document in batches(workspace) if document.count == 64]
    assert [document.seed for document in whole] == [19]


def test_another_model_in_the_middle_shows_nothing_of_the_first(add_model, open_page, kept, wait_until, workspace):
    add_model("slow", 1500)
    add_model("quick")
    page = open_page(2)
    slow = next(choice for choice in page.roster.choices if choice.key == "slow")
    quick = next(choice for choice in page.roster.choices if choice.key == "quick")
    page.models.choose(slow.path)
    page.controls.scalars["steps"].setValue(400)
    page.controls.count.setValue(500)
    page.controls.sample.click()
    wait_until(lambda: page.shelf.batches[0].came > 0)
    page.models.choose(quick.path)
    assert page.shelf.count() == 0
    assert page.viewing.shown is None
    page.controls.count.setValue(5)
    page.controls.sample.click()
    kept(page, 2)
    assert page.shelf.count() == 5
    assert {page.shelf.locate(index)[0].model for index in range(5)} == {"quick"}
    page.models.choose(None)
    assert page.shelf.count() == 5 + page.shelf.batches[1].came


def test_a_service_that_dies_in_between_loses_nothing(add_model, open_page, kept, wait_until, workspace):
    add_model(width=1500)
    page = open_page()
    page.controls.scalars["steps"].setValue(300)
    page.controls.sample.click()
    wait_until(lambda: page.shelf.batches and page.shelf.batches[0].came > 0)
    first = page.sampler.pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not page.wall.notice.isHidden())
    assert page.wall.notice.text.startswith("The sampler service ended and was started again; nothing is lost")
    ((_, document),) = kept(page, 1)
    assert document.count == 64
    assert page.sampler.pid != first
    # And once more while nothing is asked.
    os.kill(page.sampler.pid, signal.SIGKILL)
    page.controls.count.setValue(3)
    page.controls.sample.click()
    assert kept(page, 2)[1][1].count == 3


def test_a_service_that_hangs_is_killed_on_cancel(add_model, open_page, wait_until, monkeypatch):
    from studio.gui.gallery import sampling

    monkeypatch.setattr(sampling, "_PATIENCE_S", 0.3)
    add_model(width=1500)
    page = open_page()
    wait_until(lambda: page.sampler.pid is not None)
    page.controls.scalars["steps"].setValue(1000)
    page.controls.sample.click()
    wait_until(lambda: page.shelf.batches[0].came > 0)
    os.kill(page.sampler.pid, signal.SIGSTOP)
    page.wall.progress.cancelled.emit()
    wait_until(lambda: page.drawing.current is None)
    page.controls.scalars["steps"].setValue(2)
    page.controls.count.setValue(2)
    page.controls.sample.click()
    wait_until(lambda: page.shelf.batches[0].document.count == 2 and page.shelf.batches[0].folder is not None)


def test_closing_in_the_middle_keeps_what_came(add_model, open_page, wait_until, workspace):
    add_model(width=1500)
    page = open_page()
    page.controls.scalars["steps"].setValue(400)
    page.controls.count.setValue(2000)
    page.controls.sample.click()
    wait_until(lambda: page.shelf.batches and page.shelf.batches[0].came >= 4)
    pid = page.sampler.pid
    page.closing()
    ((folder, document),) = batches(workspace)
    assert document.count == len(np.load(folder / SAMPLES)) >= 4
    assert os.listdir(workspace.folder("gallery")) == [folder.name]
    assert not os.path.exists(f"/proc/{pid}")


def test_hostile_names_are_text(add_model, open_page, kept):
    names = ("<img src=file:///etc/passwd>", "a" * 5000, "\u202eevil\n\x07" * 9)
    add_model(classes=names, title="<b>T</b>" * 50)
    page = open_page()
    page.controls.count.setValue(3)
    page.controls.sample.click()
    kept(page, 1)
    page.wall.grid.set_current(0)
    assert page.inspector.facts.texts()["Class"].replace("\u200b", "") == names[0]
    assert page.inspector.title.textFormat() == Qt.TextFormat.PlainText
    page.wall.grid.set_current(1)
    page.wall.grid.set_current(2)
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
    assert page.shelf.count() == 8
    assert page.wall.notice.text == "2 batches of kept samples cannot be shown."


@pytest.fixture
def full_disk(monkeypatch):
    """Nothing can be put into the gallery until this is undone."""
    import errno

    from studio.gui.gallery import keeping

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(keeping, "create_batch", full)
    return monkeypatch


def test_samples_that_could_not_be_kept_stay_and_can_be_kept_later(add_model, open_page, kept, wait_until, full_disk):
    add_model()
    page = open_page()
    page.controls.count.setValue(4)
    page.controls.sample.click()
    wait_until(lambda: not page.wall.unkept.isHidden())
    assert page.wall.unkept.text == (
        "The samples are shown but could not be kept: the disk is full; free some space and try again"
    )
    assert all(page.shelf.picture(index) is not None for index in range(4))
    page.wall.grid.set_current(2)
    page.inspector.star.click()
    full_disk.undo()
    page.wall.unkept._button.click()
    kept(page, 1)
    wait_until(lambda: not page.marks.busy)
    assert batches(page.context.workspace)[0][1].starred == (2,)
    assert page.wall.unkept.isHidden()


def two_unkept(add_model, open_page, wait_until):
    """A page with two requests that could not be kept."""
    add_model()
    page = open_page()
    page.controls.count.setValue(4)
    for count in (1, 2):
        page.controls.sample.click()
        wait_until(lambda: len(page.drawing.keeping._unkept) == count)  # noqa: B023
    return page


def test_every_batch_that_could_not_be_kept_can_be_kept_later(add_model, open_page, kept, wait_until, full_disk):
    page = two_unkept(add_model, open_page, wait_until)
    assert page.wall.unkept.text.startswith("The samples of 2 requests are shown but could not be kept: the disk is")
    # A request that is kept does not hide that others are not.
    full_disk.undo()
    page.controls.sample.click()
    wait_until(lambda: len(batches(page.context.workspace)) == 1 and page.drawing.current is None)
    assert not page.wall.unkept.isHidden()
    page.wall.unkept._button.click()
    kept(page, 3)
    assert page.wall.unkept.isHidden()


def test_what_could_not_be_kept_is_tried_again_when_the_window_closes(add_model, open_page, wait_until, full_disk):
    page = two_unkept(add_model, open_page, wait_until)
    page.wall.grid.set_current(1)
    page.inspector.star.click()
    full_disk.undo()
    page.closing()
    found = sorted((document for _, document in batches(page.context.workspace)), key=lambda document: document.seed)
    assert len(found) == 2
    # The newest stands first; its star is kept with it.
    assert [document.starred for document in found] == [(), (1,)]


def test_samples_that_vanish_are_grey_and_nothing_else_happens(drawn, workspace):
    ((folder, _),) = batches(workspace)
    drawn.shelf.cache.close()
    shutil.rmtree(folder)
    assert drawn.shelf.picture(0) is None
    drawn.wall.grid.set_current(3)
    drawn.grab()
    QTest.keyClick(drawn.wall.grid, Qt.Key.Key_S)


def foreign_file(path, shape=("N", 8, 8, 1), dtype=TensorProto.UINT8):
    """sigmoid(x) * 255 as a picture, without manifest."""

    def tensor(name, kind, size):
        return helper.make_tensor_value_info(name, kind, list(size))

    nodes = [
        helper.make_node("Sigmoid", ["x"], ["unit"]),
        helper.make_node("Mul", ["unit", "255"], ["levels"]),
        helper.make_node("Cast", ["levels"], ["y"], to=dtype),
    ]
    constants = [helper.make_tensor("255", TensorProto.FLOAT, [], [255.0])]
    graph = helper.make_graph(
        nodes, "g", [tensor("x", TensorProto.FLOAT, shape)], [tensor("y", dtype, shape)], constants
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.save_model(model, path)
    return path


def test_a_foreign_file_opens_with_generic_controls(drawn, kept, wait_until, tmp_path):
    path = foreign_file(tmp_path / "foreign.onnx")
    drawn.receive({"file": path})
    wait_until(lambda: drawn.requests.chosen is not None and drawn.requests.chosen.path == path)
    assert (drawn.controls.classes, drawn.controls.scalars) == (None, {})
    drawn.controls.count.setValue(5)
    drawn.controls.sample.click()
    document = kept(drawn, 2)[1][1]
    assert (document.file, document.model, document.count) == (str(path), "", 5)
    assert drawn.shelf.count() == 5
    # Closing the file takes it off the list, not its samples.
    drawn.models.remove_wanted.emit()
    assert drawn.requests.chosen is None
    assert drawn.shelf.count() == 13


def test_a_foreign_file_that_gives_no_images_says_so(drawn, wait_until, tmp_path, workspace):
    path = foreign_file(tmp_path / "numbers.onnx", ("N", 3), TensorProto.FLOAT)
    drawn.receive({"file": path})
    wait_until(lambda: drawn.requests.chosen is not None and drawn.requests.chosen.path == path)
    drawn.controls.sample.click()
    wait_until(lambda: not drawn.wall.notice.isHidden())
    assert drawn.wall.notice.text == "numbers cannot be shown. It gives float32 [3] for each sample, not images."
    wait_until(lambda: drawn.drawing.current is None)
    assert drawn.shelf.count() == 0
    wait_until(lambda: len(os.listdir(workspace.folder("gallery"))) == 1)


def test_a_file_that_is_no_model_says_so(drawn, wait_until, tmp_path):
    path = tmp_path / "no.onnx"
    path.write_text("<html>")
    drawn.receive({"file": path})
    wait_until(lambda: not drawn.wall.notice.isHidden())
    assert "no.onnx is damaged or not an ONNX file" in drawn.wall.notice.text
    assert drawn.requests.chosen.key == "m-1"


def test_a_model_without_manifest_is_read_once(add_model, open_page, wait_until, kept):
    folder = add_model(manifest=False)
    page = open_page()
    wait_until(lambda: (folder / "manifest.json").exists())
    wait_until(lambda: page.controls.manifest is not None)
    page.controls.count.setValue(2)
    page.controls.sample.click()
    assert kept(page, 1)[0][1].model == "m-1"


def test_a_removed_model_can_be_put_back_and_its_samples_stay(drawn, wait_until, workspace):
    drawn.models.remove_button.click()
    wait_until(lambda: drawn.models.choices == [])
    assert toasts(drawn) == ["Removed 'Toy m-1'; its samples stay."]
    assert drawn.requests.chosen is None
    assert drawn.shelf.count() == 8
    assert not drawn.controls.sample.isEnabled()
    drawn.wall.grid.set_current(0)
    drawn.inspector.again.click()
    assert "not here any more" in drawn.wall.notice.text
    drawn.context.toasts.press_newest()
    wait_until(lambda: len(drawn.models.choices) == 1)
    assert (workspace.folder("models") / "m-1" / "sample.onnx").exists()


def test_a_model_is_chosen_when_another_page_asks(add_model, open_page, context, wait_until):
    add_model("m-1")
    page = open_page()
    page.receive({"model": "m-2"})
    assert page.requests.chosen.key == "m-1"
    add_model("m-2")
    wait_until(lambda: page.requests.chosen.key == "m-2")


def test_search_and_star_filter(drawn, wait_until, kept):
    drawn.wall.grid.set_current(1)
    QTest.keyClick(drawn.wall.grid, Qt.Key.Key_S)
    drawn.wall.starred.click()
    assert [drawn.shelf.locate(index)[1] for index in range(drawn.shelf.count())] == [1]
    drawn.wall.starred.click()
    QTest.keyClick(drawn.wall.grid, Qt.Key.Key_Slash)
    QTest.keyClicks(drawn.wall.search, "b")
    wait_until(lambda: drawn.shelf.count() == 3)
    drawn.wall.search.setText("0 b toy")
    wait_until(lambda: drawn.shelf.count() == 3)
    drawn.wall.search.setText("zebra")
    wait_until(lambda: drawn.shelf.count() == 0)
    # New samples are never hidden by an old search.
    drawn.controls.count.setValue(2)
    drawn.controls.sample.click()
    kept(drawn, 2)
    assert drawn.shelf.count() == 10


def test_keys_move_enlarge_and_leave(drawn):
    grid = drawn.wall.grid
    grid.set_current(0)
    QTest.keyClick(grid, Qt.Key.Key_Right)
    assert drawn.viewing.shown[1] == 1
    QTest.keyClick(grid, Qt.Key.Key_Space)
    assert not drawn.enlarged.isHidden()
    QTest.keyClick(drawn.enlarged, Qt.Key.Key_Right)
    assert drawn.viewing.shown[1] == 2
    QTest.keyClick(drawn.enlarged, Qt.Key.Key_S)
    assert drawn.shelf.marked(2)
    QTest.keyClick(drawn.enlarged, Qt.Key.Key_Escape)
    assert drawn.enlarged.isHidden()


def test_an_empty_workspace_says_what_to_do(open_page):
    page = open_page(0)
    wanted = []
    page.page_wanted.connect(lambda name, target: wanted.append(name))
    assert page._stack.currentWidget() is page._empty
    page._empty.primary_clicked.emit()
    assert wanted == ["train"]


def test_a_workspace_that_cannot_be_written_is_only_looked_at(drawn, context, workspace, wait_until):
    import dataclasses

    from studio.gui.gallery.page import GalleryPage

    page = GalleryPage(dataclasses.replace(context, read_only=True))
    page.shown()
    wait_until(lambda: page.shelf.count() == 8)
    page.controls.sample.click()
    assert "cannot be written to" in page.wall.notice.text
    page.wall.grid.set_current(0)
    page.inspector.star.click()
    assert not page.shelf.marked(0)
    page.closing()
    assert len(batches(workspace)) == 1


def test_settings_of_many_samples_are_put_together_in_a_thread(drawn, wait_until, monkeypatch):
    import threading

    from studio.gui.gallery import handling

    threads, real = set(), handling.sample_settings

    def noted(*words):
        threads.add(threading.current_thread())
        return real(*words)

    monkeypatch.setattr(handling, "sample_settings", noted)
    (batch,) = drawn.shelf.batches
    many = [(batch, position % 8) for position in range(10_000)]
    drawn.handling.copy_settings(many)
    wait_until(lambda: "Copied 10,000 settings." in toasts(drawn))
    assert threading.current_thread() not in threads
    copied = json.loads(QGuiApplication.clipboard().text())
    assert [entry["index"] for entry in copied[:9]] == [0, 1, 2, 3, 4, 5, 6, 7, 0]
    threads.clear()
    drawn.handling.copy_settings([*many, (batch, 0)])
    assert toasts(drawn)[-1] == "10,001 samples are too many to copy; select 10,000 or fewer, or save them."
    assert not threads
