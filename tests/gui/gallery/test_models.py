"""The gallery's models, filters and keys: foreign files, removed models, search, enlarging, empty and read-only."""

import json
import os
import shutil

import onnx
import pytest
from onnx import TensorProto, helper
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from studio.store.gallery import list_batches


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
    assert (document.file, document.model, document.request.count) == (str(path), "", 5)
    assert drawn.samples.count() == 5
    # Closing the file takes it off the list, not its samples.
    drawn.models.remove_button.click()
    assert drawn.requests.chosen is None
    assert drawn.samples.count() == 13


@pytest.mark.fault("E3")
def test_a_foreign_file_that_gives_no_images_says_so(drawn, wait_until, tmp_path, workspace):
    path = foreign_file(tmp_path / "numbers.onnx", ("N", 3), TensorProto.FLOAT)
    drawn.receive({"file": path})
    wait_until(lambda: drawn.requests.chosen is not None and drawn.requests.chosen.path == path)
    drawn.controls.sample.click()
    wait_until(lambda: not drawn.panel.notice.isHidden())
    assert drawn.panel.notice.text == "numbers cannot be shown. It gives float32 [3] for each sample, not images."
    wait_until(lambda: drawn.drawing.current is None)
    assert drawn.samples.count() == 0
    wait_until(lambda: len(os.listdir(workspace.folder("gallery"))) == 1)


def test_a_file_that_is_no_model_says_so(drawn, wait_until, tmp_path):
    path = tmp_path / "no.onnx"
    path.write_text("<html>")
    drawn.receive({"file": path})
    wait_until(lambda: not drawn.panel.notice.isHidden())
    assert "no.onnx is damaged or not an ONNX file" in drawn.panel.notice.text
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
    assert drawn.context.toasts.texts == ["Removed 'Toy m-1'; its samples stay."]
    assert drawn.requests.chosen is None
    assert drawn.samples.count() == 8
    assert not drawn.controls.sample.isEnabled()
    drawn.panel.grid.set_current(0)
    drawn.inspector.again.click()
    assert "not here any more" in drawn.panel.notice.text
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


def test_search_and_star_filter(drawn, wait_until, kept, press):
    drawn.panel.grid.set_current(1)
    press(drawn.panel.grid, Qt.Key.Key_S)
    drawn.panel.starred.click()
    assert [drawn.samples.locate(index)[1] for index in range(drawn.samples.count())] == [1]
    drawn.panel.starred.click()
    press(drawn.panel.grid, Qt.Key.Key_Slash)
    QTest.keyClicks(drawn.panel.search, "b")
    wait_until(lambda: drawn.samples.count() == 3)
    drawn.panel.search.setText("0 b toy")
    wait_until(lambda: drawn.samples.count() == 3)
    drawn.panel.search.setText("zebra")
    wait_until(lambda: drawn.samples.count() == 0)
    # New samples are never hidden by an old search.
    drawn.controls.count.setValue(2)
    drawn.controls.sample.click()
    kept(drawn, 2)
    assert drawn.samples.count() == 10


def test_keys_move_enlarge_and_leave(drawn, press):
    grid = drawn.panel.grid
    grid.set_current(0)
    press(grid, Qt.Key.Key_Right)
    assert drawn.selection.shown[1] == 1
    press(grid, Qt.Key.Key_Space)
    assert not drawn.enlarged.isHidden()
    press(drawn.enlarged, Qt.Key.Key_Right)
    assert drawn.selection.shown[1] == 2
    press(drawn.enlarged, Qt.Key.Key_S)
    assert drawn.samples.marked(2)
    press(drawn.enlarged, Qt.Key.Key_Escape)
    assert drawn.enlarged.isHidden()


def test_an_empty_workspace_says_what_to_do(open_page):
    page = open_page(0)
    wanted = []
    page.page_wanted.connect(lambda name, target: wanted.append(name))
    assert page._stack.currentWidget() is page._empty
    page._empty.buttons[0].click()
    assert wanted == ["train"]


def test_a_workspace_that_cannot_be_written_is_only_looked_at(drawn, context, workspace, wait_until):
    import dataclasses

    from studio.gui.gallery.page import GalleryPage

    page = GalleryPage(dataclasses.replace(context, read_only=True))
    page.shown()
    wait_until(lambda: page.samples.count() == 8)
    page.controls.sample.click()
    assert "cannot be written to" in page.panel.notice.text
    page.panel.grid.set_current(0)
    page.inspector.star.click()
    assert not page.samples.marked(0)
    page.closing()
    assert len(list_batches(workspace)) == 1


def test_settings_of_many_samples_are_put_together_in_a_thread(drawn, wait_until, monkeypatch):
    import threading

    from studio.gui.gallery import sample_export

    threads, real = set(), sample_export.sample_settings

    def noted(*words):
        threads.add(threading.current_thread())
        return real(*words)

    monkeypatch.setattr(sample_export, "sample_settings", noted)
    (batch,) = drawn.samples.batches
    many = [(batch, position % 8) for position in range(10_000)]
    drawn.export.copy_settings(many)
    wait_until(lambda: "Copied 10,000 settings." in drawn.context.toasts.texts)
    assert threading.current_thread() not in threads
    copied = json.loads(QGuiApplication.clipboard().text())
    assert [entry["index"] for entry in copied[:9]] == [0, 1, 2, 3, 4, 5, 6, 7, 0]
    threads.clear()
    drawn.export.copy_settings([*many, (batch, 0)])
    assert (
        drawn.context.toasts.texts[-1] == "10,001 samples are too many to copy; select 10,000 or fewer, or save them."
    )
    assert not threads


@pytest.mark.fault("E2")
def test_samples_that_vanish_are_grey_and_nothing_else_happens(drawn, workspace, press):
    ((folder, _),) = list_batches(workspace)
    drawn.samples.cache.close()
    shutil.rmtree(folder)
    assert drawn.samples.picture(0) is None
    drawn.panel.grid.set_current(3)
    drawn.grab()
    press(drawn.panel.grid, Qt.Key.Key_S)


@pytest.mark.fault("D10")
def test_a_model_that_was_edited_loses_its_mark(add_model, workspace):
    """S10: the gallery said 'parity passed' of whatever lay in the model's folder."""
    from studio.desk.model_library import choice_of_row
    from studio.desk.snapshot import WorkspaceReader

    folder = add_model()
    reader = WorkspaceReader(workspace)
    (row,) = reader.read().models
    assert choice_of_row(row).quality == ("9 steps · parity passed", True)
    data = (folder / "sample.onnx").read_bytes()
    (folder / "sample.onnx").write_bytes(data[:200] + bytes([data[200] ^ 1]) + data[201:])
    (row,) = reader.read().models
    assert choice_of_row(row).quality == ("changed after it was certified", False)


@pytest.mark.fault("D10")
def test_an_edit_that_hides_its_time_is_seen_once_the_model_is_opened(add_model, open_page, wait_until):
    """The list goes by size and time of the file; the service, which reads it anyway, by its hash."""
    folder = add_model()
    path = folder / "sample.onnx"
    data, found = path.read_bytes(), path.stat()
    place = data.index(b'"title":"Toy') + 10
    path.write_bytes(data[:place] + b"t" + data[place + 1 :])
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    page = open_page()
    wait_until(lambda: page.models.choices and page.models.choices[0].manifest.edited)
    assert page.models.choices[0].quality == ("changed after it was certified", False)
