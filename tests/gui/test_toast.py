"""Short messages: they stack, go by themselves, and what they offer can be done with Ctrl+Z."""

import pytest
from PySide6.QtCore import QTimer

from studio.gui.toast import Toasts


@pytest.fixture
def toasts(over):
    over.show()
    return Toasts(over)


def frames(toasts):
    return [child for child in toasts.parent().findChildren(type(toasts._shown[0])) if child.isVisible()]


def test_ctrl_z_undoes_what_was_offered_last(toasts):
    undone = []
    toasts.say("Removed 'a'.", "Undo", lambda: undone.append("a"))
    toasts.say("Removed 'b'.", "Undo", lambda: undone.append("b"))
    toasts.say("Saved.")
    toasts.press_newest()
    assert undone == ["b"]
    assert toasts.texts == ["Removed 'a'.", "Saved."]
    toasts.press_newest()
    toasts.press_newest()
    assert undone == ["b", "a"]
    assert toasts.texts == ["Saved."]


def test_ctrl_z_presses_no_other_button(toasts):
    done = []
    toasts.say("Removed 'a'.", "Undo", lambda: done.append("undone"))
    toasts.say("Exported.", "Sample it", lambda: done.append("sampled"))
    toasts.press_newest()
    toasts.press_newest()
    assert done == ["undone"]
    assert toasts.texts == ["Exported."]


def test_a_message_said_twice_is_shown_once_but_two_offers_stay_two(toasts):
    toasts.say("Copied.")
    toasts.say("Copied.")
    assert toasts.texts == ["Copied."]
    toasts.say("Removed 'a'.", "Undo", lambda: None)
    toasts.say("Removed 'a'.", "Undo", lambda: None)
    assert toasts.texts == ["Copied.", "Removed 'a'.", "Removed 'a'."]


def test_the_oldest_makes_room(toasts):
    for number in range(6):
        toasts.say(f"Message {number}.")
    assert toasts.texts == [f"Message {number}." for number in range(2, 6)]


def test_they_lie_inside_the_window_and_not_on_one_another(toasts, over, app):
    toasts.say("Short.")
    toasts.say("A long message that needs more than one line of the width that a message may have at most. " * 3)
    toasts.say("With a button.", "Undo", lambda: None)
    app.processEvents()
    for size in ((1100, 700), (960, 600)):
        over.resize(*size)
        app.processEvents()
        shown = frames(toasts)
        assert len(shown) == 3
        for frame in shown:
            assert over.rect().contains(frame.geometry())
        for first in shown:
            assert not any(first.geometry().intersects(other.geometry()) for other in shown if other is not first)


def test_it_goes_by_itself_and_bad_news_stays_longer(toasts, monkeypatch):
    waits = []
    monkeypatch.setattr(QTimer, "singleShot", lambda wait, *_: waits.append(wait))
    toasts.say("Saved.")
    toasts.say("The disk is full.", kind="bad")
    toasts.say("Removed.", "Undo", lambda: None)
    assert waits[0] >= 4000
    assert waits[1] == waits[2] > waits[0]


def test_closing_a_message_does_not_do_what_it_offers(toasts):
    undone = []
    toasts.say("Removed 'a'.", "Undo", lambda: undone.append(1))
    toasts._shown[0].close_button.click()
    assert toasts.texts == []
    toasts.press_newest()
    assert undone == []


def test_a_message_covers_nothing_that_can_be_clicked(toasts, over, app):
    """A button in the corner, as Start is, keeps its clicks (W11)."""
    from PySide6.QtWidgets import QPushButton, QSlider

    start, slider = QPushButton("Start", over), QSlider(over)
    start.setGeometry(over.width() - 300, over.height() - 60, 290, 40)
    slider.setGeometry(over.width() // 2, over.height() - 300, 40, 290)
    for widget in (start, slider):
        widget.show()
    app.processEvents()
    for number in range(3):
        toasts.say(f"Exported 'vae on digits' number {number}.", "Sample it", lambda: None)
    app.processEvents()
    for frame in frames(toasts):
        assert over.rect().contains(frame.geometry())
        assert not frame.geometry().intersects(start.geometry())
        assert not frame.geometry().intersects(slider.geometry())


def test_a_message_makes_way_for_what_appears_beneath_it(toasts, over, app):
    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QPushButton

    over.show()
    toasts.say("Saved.")
    app.processEvents()
    (frame,) = frames(toasts)
    late = QPushButton("Late", over)
    late.setGeometry(frame.geometry())
    late.show()
    app.sendEvent(over, QEvent(QEvent.Type.LayoutRequest))
    assert not frame.geometry().intersects(late.geometry())
