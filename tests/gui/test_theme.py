"""The colours can be read, and foreign text stays text."""

import dataclasses

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QLabel

from studio.gui.theme import DARK, LIGHT, plain_tooltip


def luminance(colour):
    """Relative luminance of WCAG 2.2."""
    parts = [part / 255 for part in QColor(colour).getRgb()[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second):
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("ground", ["window", "surface", "raised"])
@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
def test_text_can_be_read(colours, ground):
    for ink in ("text", "secondary"):
        assert contrast(getattr(colours, ink), getattr(colours, ground)) >= 4.5, ink


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
def test_words_on_a_primary_button_can_be_read(colours):
    assert contrast(colours.on_accent, colours.accent) >= 4.5


@pytest.mark.parametrize("colours", [DARK, LIGHT], ids=["dark", "light"])
def test_marks_stand_out_from_their_ground(colours):
    """Focus rings and the words good, warning and bad: 3 to 1 is what marks need."""
    for mark in ("accent", "good", "warning", "bad"):
        for ground in ("window", "surface", "raised"):
            assert contrast(getattr(colours, mark), getattr(colours, ground)) >= 3.0, (mark, ground)


def test_text_on_what_is_selected_can_be_read(theme):
    for choice in ("light", "dark"):
        theme.choose(choice)
        assert contrast(theme.colours.text, theme.selected) >= 4.5


def test_every_colour_is_one():
    for colours in (DARK, LIGHT):
        assert all(QColor.isValidColorName(value) for value in dataclasses.asdict(colours).values())


def test_choosing_an_appearance_changes_what_is_drawn(app, theme):
    label = QLabel("text")
    changes = []
    theme.changed.connect(lambda: changes.append(theme.dark))
    theme.choose("light")
    assert app.palette().color(QPalette.ColorRole.Window).name() == LIGHT.window
    assert label.palette().color(QPalette.ColorRole.WindowText).name() == LIGHT.text
    theme.choose("dark")
    assert app.palette().color(QPalette.ColorRole.Window).name() == DARK.window
    assert changes == [False, True]


def test_a_familys_colour_is_its_own_and_stays(theme):
    bundled = [theme.family(id).name() for id in ("vae", "gan", "autoregressive", "flow", "diffusion")]
    strangers = [theme.family(id).name() for id in ("mine", "yours", "theirs")]
    assert len({*bundled, *strangers}) == 8
    assert [theme.family(id).name() for id in ("theirs", "mine")] == [strangers[2], strangers[0]]
    # More strangers than colours: one comes twice, none fails.
    assert theme.family("a fourth").isValid()


def test_markup_in_a_tooltip_is_shown_and_not_obeyed(app):
    from PySide6.QtGui import QTextDocument

    text = 'a <img src="file:///etc/passwd"> & <b>bold</b>\nsecond line'
    document = QTextDocument()
    document.setHtml(plain_tooltip(text))
    assert document.toPlainText() == text
    assert "\ufffc" not in document.toPlainText()
    assert plain_tooltip("") == ""
    # Qt guesses from the beginning whether text is rich: both must be read as the same thing.
    document.setHtml(plain_tooltip("<b>bold</b>"))
    assert document.toPlainText() == "<b>bold</b>"
