"""One line of foreign text: cut where it has no room, and shown whatever it holds."""

from PySide6.QtGui import QFontMetrics

from studio.gui.painting import cut


def test_a_text_without_room_ends_in_dots(app):
    metrics = QFontMetrics(app.font())
    assert cut("short", metrics, 500) == "short"
    line = cut("w" * 400, metrics, 100)
    assert line.endswith("…")
    assert metrics.horizontalAdvance(line) <= 100


def test_breaks_become_blanks_and_what_no_font_can_show_its_code(app):
    metrics = QFontMetrics(app.font())
    assert cut("a\n b\udcff", metrics, 500) == "a b\\udcff"
