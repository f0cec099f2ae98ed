"""The application around one window: what it offers after starts that failed, and starting again."""

import pytest

from studio.core.safe_mode import set_safe_mode
from studio.gui.app import App
from studio.gui.layout_memory import LayoutMemory


@pytest.fixture
def start(app, tmp_path, wait_until):
    """Start the window after so many starts that did not come to their end."""
    made = []

    def make(failed=0):
        memory = LayoutMemory(tmp_path / "window.ini")
        for _ in range(failed + 1):
            memory.begin_start()
        studio = App(app, tmp_path / "workspace", memory)
        made.append(studio)
        studio.window.show()
        wait_until(lambda: studio.window.pages)
        return studio

    yield make
    for studio in made:
        studio.window.close()


def test_after_one_failed_start_nothing_is_offered(start):
    assert "starts" not in start(failed=1).window.notice.text


def test_after_two_failed_starts_safe_mode_is_offered(start):
    studio = start(failed=2)
    assert studio.window.notice.text == "The last 2 starts did not come to their end."
    studio.window.notice._button.click()
    assert studio.restart is True
    assert not studio.window.isVisible()
    assert studio._memory.unfinished_starts == 0


def test_in_safe_mode_it_is_not_offered_again(start):
    set_safe_mode(True)
    studio = start(failed=5)
    assert "starts" not in studio.window.notice.text
    studio.window.show_page("plugins", {})
    page = studio.window.pages["plugins"]
    assert page.safe_button.text() == "Leave safe mode"
    page.safe_button.click()
    assert studio.restart is False


def test_a_window_that_was_closed_is_not_started_again(start):
    studio = start()
    studio.window.close()
    assert studio.restart is None
    assert studio._memory.unfinished_starts == 0
