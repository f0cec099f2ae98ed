"""What can be done is defined once: every action is in the palette, and no keys mean two things."""

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from studio.gui.action import Action, add_to_menu, button_of, icon_button_of
from studio.gui.app import App
from studio.gui.layout_memory import LayoutMemory
from studio.gui.overlay import Overlay
from studio.gui.window import PAGES
from studio.gui.workspace_view import page_classes


@pytest.fixture
def done():
    return []


@pytest.fixture
def star(over, done, app, wait_until):
    QVBoxLayout(over)
    over.show()
    over.activateWindow()
    wait_until(over.isActiveWindow)
    return Action(
        over, "star", "Star the samples", lambda: done.append(1), "S", icon="star", short="Star", tip="Star it"
    )


def test_a_button_is_as_its_action_is(over, star, done, app):
    button, small = button_of(star), icon_button_of(star)
    for each in (button, small):
        over.layout().addWidget(each)
        each.click()
    assert done == [1, 1]
    assert (button.text(), button.toolTip(), small.toolTip()) == ("Star", "Star it (S)", "Star it (S)")
    assert small.accessibleName() == "Star it (S)"
    star.present(short="Unstar", tip="Take the star")
    assert (button.text(), small.toolTip()) == ("Unstar", "Take the star (S)")
    star.setVisible(False)
    assert button.isHidden()
    assert small.isHidden()
    star.setVisible(True)
    assert button.isVisible()
    star.setEnabled(False)
    assert not button.isEnabled()
    button.click()
    assert done == [1, 1]


def test_what_is_not_ready_has_grey_buttons_and_may_still_say_why(over, star, done):
    button = button_of(star)
    star.set_ready(False)
    assert not button.isEnabled()
    star.run()
    assert done == [1]
    star.set_ready(True)
    assert button.isEnabled()


def test_a_button_that_goes_is_told_nothing_more(star, app):
    import shiboken6

    button = button_of(star)
    shiboken6.delete(button)
    star.present(short="Unstar")
    app.processEvents()


def test_the_menu_of_an_object_says_it_in_short(star, over, done):
    menu = QMenu(over)
    add_to_menu(menu, star)
    (entry,) = menu.actions()
    assert entry.text() == "Star"
    entry.trigger()
    assert done == [1]


def test_its_keys_do_nothing_while_something_lies_over_it(over, done, app, wait_until):
    page = QWidget(over)
    QVBoxLayout(over).addWidget(page)
    page.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    page.addAction(Action(page, "save", "Save", lambda: done.append(1), "Ctrl+S"))
    over.show()
    over.activateWindow()
    wait_until(over.isActiveWindow)
    page.setFocus()

    def press():
        QTest.keyClick(over.focusWidget(), Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        return len(done)

    assert press() == 1
    overlay = Overlay(over)
    overlay.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    overlay.appear(overlay)
    assert press() == 1
    QTest.keyClick(overlay, Qt.Key.Key_Escape)
    assert overlay.isHidden()
    assert page.hasFocus()
    assert press() == 2


@pytest.fixture
def every_page(qt, app, context, tmp_path, theme, monkeypatch):
    """The window with every page, as the application builds it."""
    monkeypatch.setattr("studio.gui.app.Theme", lambda application, choice: theme)
    monkeypatch.setattr("studio.gui.app.Faults.install", lambda self: None)
    made = App(qt, context.workspace.path, LayoutMemory(tmp_path / "window.ini"))
    made.window.set_pages({key: lambda page=page: page(context) for key, page in page_classes().items()}, "data")
    for key, _ in PAGES:
        made.window.show_page(key)
    yield made.window
    for page in made.window.pages.values():
        page.closing()
    made.bridge.close()


def actions_of(widget):
    return list(widget.findChildren(Action))


def test_every_action_is_in_the_palette_and_has_an_id_of_its_own(every_page):
    window = every_page
    offered = [action for page in window.pages.values() for action in page.offered]
    own = [action for action in window.actions() if isinstance(action, Action)]
    assert {action.objectName() for action in actions_of(window)} == {a.objectName() for a in (*own, *offered)}
    assert [name for name, count in Counter(a.objectName() for a in actions_of(window)).items() if count > 1] == []
    titles = [entry.title for entry in window.entries()]
    assert [title for title, count in Counter(titles).items() if count > 1] == []
    for action in own:
        assert action.text() in titles
    for page in window.pages.values():
        assert page.offered
        for action in page.offered:
            listed = action.isVisible() and action.isEnabled()
            assert (f"{page.title}: {action.text()}" in titles) == listed, action.text()


def test_no_keys_mean_two_things_on_a_page(every_page):
    """Those of the window hold on every page; two pages may use the same, for only one is in view."""
    window = every_page
    own = [keys.toString() for action in window.actions() for keys in action.shortcuts()]
    assert {"Ctrl+1", "Ctrl+5", "Ctrl+K", "Ctrl+Z", "Ctrl+O", "Ctrl+Q", "F1"} <= set(own)
    for page in window.pages.values():
        used = own + [keys.toString() for action in page.offered for keys in action.shortcuts()]
        assert [keys for keys, count in Counter(used).items() if count > 1] == []


def test_no_shortcut_is_defined_apart_from_the_actions():
    """A QShortcut elsewhere would be found neither by the palette nor by the help; Esc is nobody's."""
    from pathlib import Path

    import studio.gui

    sources = Path(studio.gui.__file__).parent.rglob("*.py")
    found = [path.name for path in sources if "QShortcut(" in path.read_text() and "Key_Escape" not in path.read_text()]
    assert found == []
