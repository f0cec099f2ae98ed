"""What is dropped is known before it is let go."""

import io
import os
import threading

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent

import studio.gui.drop as drop_module
from studio.data.image.sample_file import save_sample
from studio.gui.drop import DropField, classify, dropped_paths


@pytest.fixture
def files(tmp_path):
    """One of each kind that the window tells apart."""
    made = {
        "folder": tmp_path / "pets",
        "plain": tmp_path / "plain.png",
        "sample": tmp_path / "sample.png",
        "model": tmp_path / "flow.onnx",
        "other": tmp_path / "other.ONNX",
        "wheel": tmp_path / "studio_mine-1.0-py3-none-any.whl",
        "archive": tmp_path / "pets.zip",
    }
    made["folder"].mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 1), dtype=np.uint8)
    Image.fromarray(pixels[:, :, 0]).save(made["plain"])
    save_sample(made["sample"], pixels, {"seed": 3})
    for name in ("model", "other", "wheel", "archive"):
        made[name].write_bytes(b"x")
    return made


@pytest.mark.parametrize(
    ("names", "kind", "words"),
    [
        (["folder"], "data", "Add the folder 'pets' as a data set"),
        (["plain"], "data", "Add 'plain.png' as a data set"),
        (["archive"], "data", "Add 'pets.zip' as a data set"),
        (["plain", "sample", "folder"], "data", "Add 3 files and folders as a data set"),
        (["sample", "sample"], "data", "Add 2 files and folders as a data set"),
        (["model"], "model", "Open the model 'flow.onnx'"),
        (["other"], "model", "Open the model 'other.ONNX'"),
        (["model", "other"], "refused", "Open one model at a time"),
        (["model", "plain"], "data", "Add 2 files and folders as a data set"),
        (["sample"], "settings", "Restore the settings that made 'sample.png'"),
        (["wheel"], "refused", "pip install"),
        (["wheel", "plain"], "refused", "pip install"),
        ([], "refused", "There is no file"),
    ],
)
def test_what_files_are_to_the_studio(files, names, kind, words):
    dropped = classify([files[name] for name in names])
    assert dropped.kind == kind
    assert words in dropped.words
    assert dropped.paths == (() if kind == "refused" else tuple(files[name] for name in names))


def test_what_hovers_is_read_as_little_as_can_be(files, tmp_path, monkeypatch):
    """The settings come before the pixels, however many there are; where they come last, the drop finds them."""
    pixels = np.random.default_rng(0).integers(0, 256, (512, 512, 3), dtype=np.uint8)
    save_sample(tmp_path / "large.png", pixels, {"seed": 3})
    whole = files["sample"].read_bytes()
    (tmp_path / "repacked.png").write_bytes(b"\0" * 100_000 + whole)
    reads = []
    monkeypatch.setattr(drop_module, "open", lambda *words, **options: Counted(reads, *words, **options), raising=False)
    assert classify([tmp_path / "large.png"], hovering=True).kind == "settings"
    assert classify([tmp_path / "repacked.png"], hovering=True).kind == "data"
    assert reads == [65536, 65536]
    assert classify([tmp_path / "repacked.png"]).kind == "settings"


class Counted(io.FileIO):
    """A file that writes down how much is asked of it."""

    def __init__(self, reads, path, mode, **_):
        super().__init__(path, mode)
        self.reads = reads

    def read(self, size=-1):
        self.reads.append(size)
        return super().read(size)


def test_a_folder_is_not_looked_at_while_it_hovers(files, monkeypatch):
    monkeypatch.setattr(type(files["folder"]), "is_dir", lambda self: pytest.fail("the mount may be slow"))
    assert classify([files["folder"]], hovering=True).words == "Add 'pets' as a data set"


@pytest.mark.fault("A27")
def test_an_address_of_elsewhere_is_refused_with_what_to_do():
    dropped = classify([], remote=True)
    assert dropped.kind == "refused"
    assert "save it to a folder first" in dropped.words


def test_what_cannot_be_read_is_data_to_be_refused_by_the_import(tmp_path):
    assert classify([tmp_path / "missing.png"]).kind == "data"


@pytest.mark.fault("A10", "A27")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    answers = []
    thread = threading.Thread(target=lambda: answers.append(classify([tmp_path / "pipe.png"]).kind), daemon=True)
    thread.start()
    thread.join(5)
    assert answers == ["data"]


def mime_of(*urls):
    mime = QMimeData()
    mime.setUrls([QUrl(url) for url in urls])
    return mime


@pytest.mark.fault("A27")
def test_local_and_remote_addresses_are_told_apart():
    mime = mime_of("file:///tmp/a%20b%25.png", "https://example.org/c.png")
    paths, remote = dropped_paths(mime)
    assert [str(path) for path in paths] == ["/tmp/a b%.png"]
    assert remote is True
    assert dropped_paths(mime_of("file:///tmp/a")) == ([paths[0].parent / "a"], False)


@pytest.fixture
def field(over, theme):
    made = DropField(theme, over)
    over.show()
    return made


def enter(mime):
    return QDragEnterEvent(
        QPoint(5, 5),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )


def drop(mime):
    return QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )


def test_the_field_covers_the_window_and_says_what_will_happen(field, over, files, app):
    mime = mime_of(QUrl.fromLocalFile(str(files["folder"])))
    event = enter(mime)
    field.offer(event)
    app.processEvents()
    assert event.isAccepted()
    assert field.isVisible()
    assert field.geometry() == over.rect()
    assert field.words == "Add 'pets' as a data set"
    field.dragLeaveEvent(QDragLeaveEvent())
    assert field.isHidden()


def test_what_is_let_go_is_told_and_the_field_goes(field, files):
    told = []
    field.dropped.connect(told.append)
    mime = mime_of(QUrl.fromLocalFile(str(files["model"])))
    field.offer(enter(mime))
    field.dropEvent(drop(mime))
    assert field.isHidden()
    assert [(each.kind, each.paths) for each in told] == [("model", (files["model"],))]


def test_text_that_is_dragged_is_not_for_the_window(field):
    mime = QMimeData()
    mime.setText("words")
    event = enter(mime)
    event.ignore()
    field.offer(event)
    assert not event.isAccepted()
    assert field.isHidden()


def test_a_drop_is_a_copy_whatever_is_proposed(field, files):
    """Who is told that its files were moved deletes them (W8)."""
    mime = mime_of(QUrl.fromLocalFile(str(files["model"])))
    moves = Qt.DropAction.MoveAction | Qt.DropAction.CopyAction
    enters = QDragEnterEvent(QPoint(5, 5), moves, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier)
    enters.setDropAction(Qt.DropAction.MoveAction)
    field.offer(enters)
    place = QPointF(5, 5)
    drops = QDropEvent(place, moves, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier)
    assert drops.proposedAction() == Qt.DropAction.MoveAction
    field.dropEvent(drops)
    for event in (enters, drops):
        assert event.isAccepted()
        assert event.dropAction() == Qt.DropAction.CopyAction
