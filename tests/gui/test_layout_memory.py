"""The window comes back as it was left, and anything in its file is survived."""

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from studio.gui.layout_memory import LayoutMemory


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "er" / "window.ini"


def test_a_first_start_has_defaults(app, path):
    memory = LayoutMemory(path)
    assert (memory.theme, memory.page, memory.narrow) == ("system", "data", False)
    assert memory.restore_window(QWidget()) is False


def test_the_window_comes_back_as_it_was(app, path):
    window = QWidget()
    window.setGeometry(40, 30, 733, 511)
    memory = LayoutMemory(path)
    memory.theme = "light"
    memory.keep_window(window, "gallery", True)
    again = LayoutMemory(path)
    assert (again.theme, again.page, again.narrow) == ("light", "gallery", True)
    other = QWidget()
    assert again.restore_window(other) is True
    assert other.size() == window.size()


def test_dividers_stay_where_they_were_put(app, path):
    def page():
        widget = QWidget()
        divider = QSplitter(Qt.Orientation.Horizontal)
        QHBoxLayout(widget).addWidget(divider)
        for _ in range(2):
            divider.addWidget(QWidget())
        widget.resize(600, 300)
        widget.show()
        app.processEvents()
        return widget, divider

    first, divider = page()
    divider.setSizes([100, 480])
    left = divider.sizes()
    memory = LayoutMemory(path)
    memory.keep_dividers(first, "train")
    memory.keep_window(first, "train", False)
    second, other = page()
    assert other.sizes() != left
    LayoutMemory(path).restore_dividers(second, "train")
    app.processEvents()
    assert other.sizes() == left


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00\xff garbage",
        "[General]\ntheme=purple\npage=\nnarrow=maybe\ngeometry=@ByteArray(garbage)\n",
        "[General]\ngeometry=12\ntheme=@Invalid()\n[dividers]\ndata-0=@ByteArray(zzz)\n",
    ],
)
@pytest.mark.fault("G7")
def test_a_damaged_file_is_as_none(app, path, text):
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode("latin-1"))
    memory = LayoutMemory(path)
    assert memory.theme == "system"
    assert memory.narrow is False
    window = QWidget()
    QSplitter(window)
    assert memory.restore_window(window) is False
    memory.restore_dividers(window, "data")


def test_a_file_that_cannot_be_written_keeps_nobody_from_closing(app, tmp_path):
    path = tmp_path / "file"
    path.write_text("a file where the folder should be")
    memory = LayoutMemory(path / "window.ini")
    memory.theme = "dark"
    memory.keep_window(QWidget(), "data", False)
    assert path.read_text() == "a file where the folder should be"


@pytest.mark.fault("G7")
def test_a_place_off_every_screen_is_brought_back(app, path):
    window = QWidget()
    window.setGeometry(40, 30, 700, 500)
    saved = bytes(window.saveGeometry().data())
    # Four bytes each, behind magic number and version: left, top, right, bottom of the frame, then of the window.
    away = (20_000).to_bytes(4, "big")
    moved = saved[:8] + away * 2 + (20_700).to_bytes(4, "big") * 2 + away * 2 + (20_700).to_bytes(4, "big") * 2
    memory = LayoutMemory(path)
    memory._settings.setValue("geometry", QByteArray(moved + saved[40:]))
    other = QWidget()
    memory.restore_window(other)
    other.show()
    assert other.screen().availableGeometry().intersects(other.frameGeometry())


def test_starts_that_did_not_come_to_their_end_are_counted(app, path):
    for number in (1, 2, 3):
        memory = LayoutMemory(path)
        memory.begin_start()
        assert LayoutMemory(path).unfinished_starts == number
    memory.end_start()
    assert LayoutMemory(path).unfinished_starts == 0


def test_a_count_that_is_none(app, path):
    memory = LayoutMemory(path)
    memory._settings.setValue("starts", "-3x")
    assert memory.unfinished_starts == 0
