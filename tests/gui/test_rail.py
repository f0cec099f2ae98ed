"""The rail: pages, their counts, and the fold."""

import pytest
from PySide6.QtWidgets import QPushButton

from studio.gui.action import Action
from studio.gui.rail import Rail

PAGES = [("data", "Data"), ("train", "Train")]


@pytest.fixture
def chosen():
    return []


@pytest.fixture
def rail(theme, over, chosen):
    pages = {
        key: Action(over, key, f"Go to {title}", lambda key=key: chosen.append(key), f"Ctrl+{number}", short=title)
        for number, (key, title) in enumerate(PAGES, 1)
    }
    return Rail(theme, pages)


def buttons(rail):
    return {each.accessibleName(): each for each in rail.findChildren(QPushButton)}


def test_a_click_chooses_a_page_and_the_window_shows_which(rail, chosen):
    buttons(rail)["Train"].click()
    assert chosen == ["train"]
    rail.set_page("data")
    assert [name for name, each in buttons(rail).items() if each.isChecked()] == ["Data"]
    assert buttons(rail)["Train"].toolTip() == "Train (Ctrl+2)"


def test_the_count_of_runs_stands_beside_the_word_and_goes_with_the_last(rail):
    rail.set_count("train", 2)
    assert buttons(rail)["Train"].text().split() == ["Train", "2"]
    rail.set_narrow(True)
    assert buttons(rail)["Train"].text() == "2"
    rail.set_count("train", 0)
    assert buttons(rail)["Train"].text() == ""
    rail.set_narrow(False)
    assert buttons(rail)["Train"].text().split() == ["Train"]


def test_folding_makes_room_and_keeps_the_names_for_screen_readers(rail):
    wide = rail.width()
    rail.set_narrow(True)
    assert rail.narrow is True
    assert rail.width() < wide / 2
    assert list(buttons(rail)) == ["Data", "Train"]
    assert rail._fold.accessibleName() == "Show words"
    rail._fold.click()
    assert rail.narrow is False
    assert rail.width() == wide


def test_icons_follow_the_appearance(rail, theme):
    before = buttons(rail)["Data"].icon().cacheKey()
    theme.choose("light")
    assert buttons(rail)["Data"].icon().cacheKey() != before


def test_the_menu_is_reached_by_keyboard(rail):
    wanted = []
    rail.menu_wanted.connect(lambda: wanted.append(1))
    rail.menu_button.click()
    assert wanted == [1]
    assert rail.menu_button.accessibleName()
