"""What lies over a widget takes the keyboard and gives it back."""

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QVBoxLayout

from studio.gui.overlay import Overlay


@pytest.fixture
def overlay(over, wait_until):
    made = Overlay(over)
    made.gone = []
    made.dismissed.connect(lambda: made.gone.append(1))
    made.inner, made.before = QPushButton("inner", made), QPushButton("before", over)
    QVBoxLayout(over).addWidget(made.before)
    over.show()
    over.activateWindow()
    made.before.setFocus()
    wait_until(made.before.hasFocus)
    return made


def test_it_is_hidden_until_it_appears_and_follows_the_widget(overlay, over, app):
    assert overlay.isHidden()
    overlay.appear(overlay.inner)
    assert overlay.inner.hasFocus()
    over.resize(700, 500)
    app.processEvents()
    assert overlay.geometry() == over.rect()


def test_escape_dismisses_it_and_gives_the_keyboard_back(overlay):
    overlay.appear(overlay.inner)
    # Appearing again does not forget who had it.
    overlay.appear(overlay.inner)
    QTest.keyClick(overlay.inner, Qt.Key.Key_Escape)
    assert overlay.isHidden()
    assert overlay.before.hasFocus()
    assert overlay.gone == [1]
    overlay.dismiss()
    assert overlay.gone == [1]


def test_what_had_the_keyboard_may_be_gone(overlay):
    overlay.appear(overlay.inner)
    shiboken6.delete(overlay.before)
    overlay.dismiss()
    assert overlay.gone == [1]
