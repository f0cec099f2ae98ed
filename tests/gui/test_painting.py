"""One line of foreign text: cut where it has no room, and shown whatever it holds."""

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QFontMetrics

import studio.gui
from studio.core.resources import resource
from studio.gui.painting import cut, icon, pixmap

NAMES = sorted(path.stem for path in Path(resource("icons/close.svg")).parent.glob("*.svg"))


def test_a_text_without_room_ends_in_dots(app):
    metrics = QFontMetrics(app.font())
    assert cut("short", metrics, 500) == "short"
    line = cut("w" * 400, metrics, 100)
    assert line.endswith("…")
    assert metrics.horizontalAdvance(line) <= 100


def test_breaks_become_blanks_and_what_no_font_can_show_its_code(app):
    metrics = QFontMetrics(app.font())
    assert cut("a\n b\udcff", metrics, 500) == "a b\\udcff"


@pytest.mark.parametrize("name", [name for name in NAMES if "-light" not in name and "-dark" not in name])
def test_every_icon_draws_something(app, name):
    image = pixmap(name, "#ff0000", 20).toImage()
    assert any(image.pixelColor(x, y).alpha() > 0 for x in range(image.width()) for y in range(image.height()))


def test_size_and_colour(app):
    drawn = pixmap("close", QColor("#12ab56"), 16, 3.0)
    assert (drawn.width(), drawn.height(), drawn.devicePixelRatio()) == (48, 48, 3.0)
    image = drawn.toImage()
    solid = {
        image.pixelColor(x, y).name() for x in range(48) for y in range(48) if image.pixelColor(x, y).alpha() == 255
    }
    assert solid == {"#12ab56"}
    assert not icon("close", "#000000").isNull()


def test_icons_are_those_that_the_window_names(app):
    from studio.gui.window import PAGES

    named = {key for key, _ in PAGES}
    for path in Path(studio.gui.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r'IconButton\(\s*"([a-z-]+)"', text))
        named |= set(re.findall(r'[^\w]Button\("[^"]*", "([a-z-]+)"', text))
        named |= set(re.findall(r'pixmap\("([a-z-]+)"', text))
        named |= set(re.findall(r'"icons/([a-z-]+)\.svg"', text))
        named |= {name for pair in re.findall(r'icon="([a-z-]+)"(?: if \w+ else "([a-z-]+)")?', text) for name in pair}
        for words in re.findall(r"set_icon\(([^\n]*)", text):
            chosen = re.match(r'\s*"([a-z-]+)"(?: if \w+ else "([a-z-]+)")?', words)
            named |= {name for name in chosen.groups() if name} if chosen else set()
    named.discard("")
    assert named == set(NAMES)


def test_a_missing_icon_is_an_error_and_not_an_empty_button(app):
    with pytest.raises(FileNotFoundError):
        pixmap("no-such-icon", "#000000")
