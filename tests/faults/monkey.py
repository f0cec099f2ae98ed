"""Plays a monkey at the window: random clicks, keys, wheels and drops, and damage in the workspace.

The same seed plays the same game, as far as the timing of the window's threads allows.
"""

import os
import random
import shutil
import time
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

_KEYS = [
    *(getattr(Qt.Key, f"Key_{name}") for name in ("Tab", "Return", "Escape", "Space", "Up", "Down", "Left", "Right")),
    *(getattr(Qt.Key, f"Key_{name}") for name in ("Delete", "Home", "End", "F1", "F5", "A", "Z", "1", "5", "Minus")),
]
_MODIFIERS = [Qt.KeyboardModifier.NoModifier] * 4 + [
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
]


class Monkey:
    """Plays at one window.

    Args:
        window: The window.
        workspace: The workspace's folder; None to damage nothing.
        victim: A file outside it that links in the damaged workspace lead to, and that nobody may change.
        seed: Seed of all it does.
    """

    def __init__(self, window: QWidget, workspace: Path | None, victim: Path, seed: int) -> None:
        self.window = window
        self.workspace = workspace
        self.victim = victim
        self.random = random.Random(seed)
        self.longest_s = 0.0

    def play(self, turns: int) -> None:
        """Do so many things, and let the window answer each."""
        for _ in range(turns):
            action = self.random.choice([self.click] * 6 + [self.key] * 5 + [self.type, self.wheel, self.drop])
            begun = time.monotonic()
            action()
            QApplication.processEvents()
            self.longest_s = max(self.longest_s, time.monotonic() - begun)
            self._close_dialogs()
            if self.workspace is not None and self.random.random() < 0.02:
                self.damage()

    def _widget(self) -> QWidget:
        shown = [each for each in self.window.findChildren(QWidget) if each.isVisible() and each.isEnabled()]
        return self.random.choice(shown or [self.window])

    def _close_dialogs(self) -> None:
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QFileDialog) or (widget.isVisible() and widget.windowType() == Qt.WindowType.Popup):
                widget.close()

    def _place(self, widget: QWidget) -> QPoint:
        return QPoint(self.random.randrange(max(1, widget.width())), self.random.randrange(max(1, widget.height())))

    def click(self) -> None:
        """Click somewhere, now and then twice."""
        widget = self._widget()
        click = QTest.mouseDClick if self.random.random() < 0.2 else QTest.mouseClick
        click(widget, Qt.MouseButton.LeftButton, self.random.choice(_MODIFIERS), self._place(widget))

    def key(self) -> None:
        """Press a key where the keyboard is."""
        QTest.keyClick(
            QApplication.focusWidget() or self.window, self.random.choice(_KEYS), self.random.choice(_MODIFIERS)
        )

    def type(self) -> None:
        """Type something odd."""
        text = self.random.choice(["1e999", "-1", "../..", "<img src=x>", "0", "99999999999999999999", "nan", " "])
        QTest.keyClicks(QApplication.focusWidget() or self.window, text)

    def wheel(self) -> None:
        """Turn the wheel."""
        widget = self._widget()
        place = QPointF(self._place(widget))
        event = QWheelEvent(
            place,
            QPointF(widget.mapToGlobal(place.toPoint())),
            QPoint(),
            QPoint(0, self.random.choice([-1200, -120, 120, 1200])),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(widget, event)

    def drop(self) -> None:
        """Drop an address or a path that is not there."""
        data = QMimeData()
        urls = [
            "https://example.org/a.png",
            "file:///nowhere/at/all",
            "file:///",
            "smb://host/share",
            "file:///dev/zero",
        ]
        data.setUrls([QUrl(self.random.choice(urls))])
        place, actions = QPointF(self._place(self.window)), Qt.DropAction.CopyAction
        buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(self.window, QDragEnterEvent(place.toPoint(), actions, data, buttons, keys))
        QApplication.sendEvent(self.window, QDropEvent(place, actions, data, buttons, keys))

    def damage(self) -> None:
        """Do something to a file of the workspace, as a sync service or a failing disk would."""
        assert self.workspace is not None
        # By os.walk, for folders come and go under it.
        paths = [Path(place) / name for place, _, names in os.walk(self.workspace) for name in names]
        # Nothing is damaged through the links that it left itself.
        files = [path for path in paths if path.is_file() and not path.is_symlink()]
        files = [path for path in files if path.suffix in (".json", ".npy", ".onnx", ".db")]
        if not files:
            return
        path = self.random.choice(sorted(files))
        what = self.random.randrange(5)
        with suppress(FileNotFoundError):
            if what == 0:
                os.truncate(path, path.stat().st_size // 2)
            elif what == 1:
                path.write_bytes(b"\xff" * 100)
            elif what == 2:
                path.unlink()
            elif what == 3:
                path.unlink()
                path.symlink_to(self.victim)
            else:
                shutil.rmtree(path.parent) if path.parent.parent != self.workspace.parent else path.unlink()
