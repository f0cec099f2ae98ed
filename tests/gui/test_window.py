"""The frame: pages by name, their header, keys and commands, and what is kept when it closes."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout

from studio.gui.action import Action
from studio.gui.layout_memory import LayoutMemory
from studio.gui.page import Page
from studio.gui.window import PAGES, Window


class Fake(Page):
    """A page that writes down what happens to it."""

    def __init__(self, key, happened):
        super().__init__(None)
        self.key, self.happened = key, happened
        self.button = QPushButton(f"Do {key}")
        self.field = QLineEdit(self)
        QVBoxLayout(self).addWidget(self.field)
        work = Action(self, key, f"Work on {key}", lambda: self.happened.append(("ran", key)), "Ctrl+Return")
        self.offer(work)

    @property
    def title(self):
        return self.key.title()

    def header_widgets(self):
        return [self.button]

    def receive(self, target):
        self.happened.append(("received", self.key, target))

    def shown(self):
        self.happened.append(("shown", self.key))

    def hidden(self):
        self.happened.append(("hidden", self.key))


@pytest.fixture
def happened():
    return []


@pytest.fixture
def memory(tmp_path, app):
    return LayoutMemory(tmp_path / "window.ini")


@pytest.fixture
def window(theme, memory, happened, app, wait_until):
    made = Window(theme, memory)
    made.show()
    made.activateWindow()
    wait_until(made.isActiveWindow)
    made.set_pages({key: lambda key=key: Fake(key, happened) for key, _ in PAGES}, "data")
    return made


def test_first_paint_is_told_once(theme, memory, app, wait_until):
    made, painted = Window(theme, memory), []
    made.painted.connect(lambda: painted.append(1))
    made.show()
    wait_until(lambda: painted)
    made.repaint()
    assert painted == [1]


def test_without_pages_nothing_happens(theme, memory):
    made = Window(theme, memory)
    made.show_page("train")
    assert made.page == ""
    pages = [f"Go to {title}" for _, title in PAGES]
    assert [entry.title for entry in made.entries()] == [
        *pages,
        "Undo what the last message offers to undo",
        "Command palette",
    ]


def test_pages_are_built_when_they_are_first_wanted(window, happened):
    assert list(window.pages) == ["data"]
    window.show_page("train")
    assert list(window.pages) == ["data", "train"]
    first = window.pages["train"]
    window.show_page("data")
    window.show_page("train")
    assert window.pages["train"] is first
    assert window.stack.currentWidget() is first
    assert window.title.text() == "Train"
    assert happened == [
        ("shown", "data"),
        ("hidden", "data"),
        ("shown", "train"),
        ("hidden", "train"),
        ("shown", "data"),
        ("hidden", "data"),
        ("shown", "train"),
    ]


def test_the_title_tells_windows_apart(window):
    window.workspace_name = "faces"
    window.show_page("train")
    assert window.windowTitle() == "Train, faces"


def test_a_page_that_is_in_view_is_not_shown_again_but_receives(window, happened):
    happened.clear()
    window.show_page("data", {"paths": [1]})
    assert happened == [("received", "data", {"paths": [1]})]


def test_a_page_may_want_another(window, happened):
    window.pages["data"].page_wanted.emit("train", {"dataset": "d"})
    assert window.page == "train"
    assert happened[-1] == ("received", "train", {"dataset": "d"})


def test_the_header_shows_the_actions_of_the_page_in_view(window, app):
    window.show_page("train")
    app.processEvents()
    assert window.pages["train"].button.isVisible()
    assert not window.pages["data"].button.isVisible()
    window.show_page("data")
    app.processEvents()
    assert window.pages["data"].button.isVisible()
    assert not window.pages["train"].button.isVisible()


def test_keys_choose_pages(window, app):
    for number, (key, _) in enumerate(PAGES, 1):
        QTest.keyClick(window, Qt.Key(int(Qt.Key.Key_0) + number), Qt.KeyboardModifier.ControlModifier)
        assert window.page == key
        assert window.rail._buttons[key].isChecked()


def test_a_key_belongs_to_the_page_in_view(window, happened, app):
    for key in ("data", "train", "data", "train"):
        window.show_page(key)
        happened.clear()
        QTest.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert happened == [("ran", key)]
        # From inside a field of the page too.
        window.pages[key].field.setFocus()
        QTest.keyClick(window.pages[key].field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        assert happened == [("ran", key)] * 2


def test_a_key_does_nothing_on_a_page_that_is_covered(window, happened, app):
    from studio.gui.sheet import Sheet

    def press():
        happened.clear()
        QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        return happened

    sheet = Sheet("Help", window)
    sheet.open()
    assert press() == []
    sheet.dismiss()
    assert press() == [("ran", "data")]
    window.palette_box.open()
    assert ("ran", "data") not in press()
    window.palette_box.dismiss()
    assert press() == [("ran", "data")]


def test_a_drop_before_the_workspace_is_open_is_refused_in_words(theme, memory, happened):
    made, told = Window(theme, memory), []
    made.dropped.connect(told.append)
    mime = QMimeData()
    mime.setUrls([QUrl("file:///tmp")])

    def drop():
        none, held = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
        made.dragEnterEvent(QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, mime, held, none))
        words = made.drop_field.words
        made.drop_field.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, held, none))
        return told[-1].kind, words == told[-1].words, words

    assert drop() == ("refused", True, "The workspace is still being opened; drop it again in a moment")
    made.notice.set("bad", "The disk is full.")
    assert drop() == ("refused", True, "The workspace cannot be used; open another one, then drop it again")
    made.set_pages({key: lambda key=key: Fake(key, happened) for key, _ in PAGES}, "data")
    assert drop()[0] == "data"


def test_the_keyboard_goes_with_the_page_where_it_was_in_the_rail(window, wait_until):
    window.rail._buttons["data"].setFocus()
    wait_until(window.rail._buttons["data"].hasFocus)
    QTest.keyClick(window.rail._buttons["data"], Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert window.rail._buttons["gallery"].hasFocus()
    window.pages["gallery"].field.setFocus()
    window.show_page("gallery")
    assert window.pages["gallery"].field.hasFocus()


def test_messages_leave_the_strip_uncovered(window, app):
    from studio.gui.strip import Strip

    strip = Strip()
    window.set_strip(strip)
    window.toasts.say("Removed 'a'.", "Undo", lambda: None)
    app.processEvents()
    assert strip.isVisible()
    assert window.toasts._shown[0].geometry().bottom() < strip.geometry().top()


def test_ctrl_k_lists_what_every_page_can_do_and_goes_there(window, happened, app):
    window.show_page("train")
    window.show_page("data")
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.palette_box.isVisible()
    QTest.keyClicks(window.palette_box.field, "work on train")
    QTest.keyClick(window.palette_box.field, Qt.Key.Key_Return)
    assert window.page == "train"
    assert happened[-1] == ("ran", "train")


def test_ctrl_z_presses_undo_but_not_while_text_is_typed(window, app, wait_until):
    undone = []
    window.toasts.say("Removed 'a'.", "Undo", lambda: undone.append(1))
    field = window.pages["data"].field
    field.setFocus()
    wait_until(field.hasFocus)
    QTest.keyClicks(field, "words")
    QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert field.text() != "words"
    assert undone == []
    window.rail._buttons["data"].setFocus()
    QTest.keyClick(window.rail._buttons["data"], Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [1]


def test_resizing_closes_the_palette(window, app):
    window.palette_box.open()
    window.resize(1000, 650)
    app.processEvents()
    assert window.palette_box.isHidden()


def test_a_drag_over_a_line_of_text_is_for_the_window(window, app):
    assert window.pages["data"].field.acceptDrops() is False
    mime = QMimeData()
    mime.setUrls([QUrl("file:///tmp")])
    event = QDragEnterEvent(
        QPoint(300, 300),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(window, event)
    assert event.isAccepted()
    assert window.drop_field.isVisible()
    assert window.drop_field.size() == window.size()


def test_closing_keeps_how_it_was_arranged(window, memory, tmp_path, theme, app):
    closed = []
    window.closed.connect(lambda: closed.append(1))
    window.resize(1301, 655)
    window.show_page("gallery")
    app.processEvents()
    window.rail.set_narrow(True)
    app.processEvents()
    window.close()
    assert closed == [1]
    again = Window(theme, LayoutMemory(tmp_path / "window.ini"))
    # The screen of the tests is narrower than the window may be.
    assert again.height() == 655
    assert again.rail.narrow is True
    assert LayoutMemory(tmp_path / "window.ini").page == "gallery"


def test_a_page_that_is_not_known_any_more_is_the_first(window, happened):
    window.set_pages({"data": lambda: None}, "compare")
    assert window.page == "data"


def test_it_can_be_as_small_as_a_small_screen(window, app):
    window.resize(960, 600)
    app.processEvents()
    assert (window.width(), window.height()) == (960, 600)


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1280, 720), (1024, 700), (2560, 1440)])
def test_the_first_window_fits_its_screen(theme, tmp_path, app, monkeypatch, width, height):
    """Its frame and the desktop's bar included (W5); 1280x720 is 2560x1440 at factor 2."""
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QScreen

    monkeypatch.setattr(QScreen, "availableGeometry", lambda self: QRect(0, 0, width, height - 40))
    made = Window(theme, LayoutMemory(tmp_path / "new.ini"))
    made.show()
    assert made.width() <= width
    assert made.height() <= height - 40 - 36
    assert (made.width(), made.height()) == (min(1280, width - 8), min(800, height - 80))
    made.close()
