"""What is dropped is known before it is let go."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent

from studio.gui.drop import DropField, dropped_paths
from tests.droppable import write_files


@pytest.fixture
def files(tmp_path):
    return write_files(tmp_path)


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
