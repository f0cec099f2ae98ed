"""What can be done, each thing defined once: buttons, menus, the palette, the key help and shortcuts come from it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from studio.gui.guard import guarded
from studio.gui.overlay import Overlay
from studio.gui.widgets import Button, IconButton

__all__ = ["Action", "add_to_menu", "button_of", "icon_button_of"]


class Action(QAction):
    """One thing that can be done.

    Its keys do nothing while a sheet or the palette lies over what it acts on.

    Args:
        parent: What it acts on.
        id: Tells it from others, such as ``gallery.star``.
        text: A verb and its object, as the palette and the key help list it.
        run: Does it, and says why it cannot where it cannot.
        keys: Its keys, the first of which is shown.
        icon: Name of its icon.
        short: What stands on a button beside its object; the text where it is empty.
        tip: What the button's tooltip says before the keys.

    Attributes:
        ready: Whether it would do something now; where not, its buttons are grey, and the palette still offers it.
    """

    def __init__(
        self,
        parent: QWidget,
        id: str,
        text: str,
        run: Callable[[], object],
        *keys: str,
        icon: str = "",
        short: str = "",
        tip: str = "",
    ) -> None:
        super().__init__(text, parent)
        self._widget = parent
        self.setObjectName(id)
        self.run = run
        self.icon_name = icon
        self.ready = True
        self.setIconText(short or text)
        self.setToolTip(tip)
        self.setShortcuts([QKeySequence(each) for each in keys])
        self.triggered.connect(lambda _=False: self.run())

    @property
    def keys(self) -> str:
        """Its first keys, such as ``Ctrl+Return``; empty for none."""
        return self.shortcut().toString()

    @property
    def tip(self) -> str:
        """Its tooltip, with its keys."""
        # What PySide gives where none is set is the text on the button.
        tip = self.toolTip() if self.toolTip() != self.iconText() else ""
        return f"{tip} ({self.keys.replace('Return', 'Enter')})" if tip and self.keys else tip

    def present(self, text: str = "", short: str = "", icon: str = "", tip: str = "") -> None:
        """Call it otherwise; what is empty stays."""
        self.icon_name = icon or self.icon_name
        for value, change in ((text, self.setText), (short, self.setIconText), (tip, self.setToolTip)):
            if value:
                change(value)
        self.changed.emit()

    def set_ready(self, ready: bool) -> None:
        """Say whether it would do something now."""
        if ready != self.ready:
            self.ready = ready
            self.changed.emit()

    @guarded(fallback=False)
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Shortcut:
            over = self._widget.window().findChildren(Overlay, options=Qt.FindChildOption.FindDirectChildrenOnly)
            if any(each.isVisible() and each.parent() is not self._widget for each in over):
                return True
        return super().event(event)


class _Follower(QObject):
    """Keeps a button as its action is."""

    def __init__(self, button: Button | IconButton, action: Action) -> None:
        super().__init__(button)
        self._button, self._action = button, action
        self._visible = True
        button.clicked.connect(action.trigger)
        action.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        button, action = self._button, self._action
        if isinstance(button, IconButton):
            button.set_icon(action.icon_name, action.tip or action.iconText())
        else:
            button.setText(action.iconText())
            button.setToolTip(action.tip)
            if action.icon_name:
                button.set_icon(action.icon_name)
        button.setEnabled(action.isEnabled() and action.ready)
        # A button that is not in its place yet would become a window by being shown.
        if action.isVisible() != self._visible:
            self._visible = action.isVisible()
            button.setVisible(self._visible)


def button_of(action: Action, primary: bool = False) -> Button:
    """A button that does it."""
    button = Button(action.iconText(), action.icon_name or None, primary)
    _Follower(button, action)
    return button


def icon_button_of(action: Action) -> IconButton:
    """A button that does it, without words."""
    button = IconButton(action.icon_name, action.tip)
    _Follower(button, action)
    return button


def add_to_menu(menu: QMenu, *actions: Action) -> None:
    """Add actions to the menu of their object, in short words."""
    for action in actions:
        menu.addAction(action.iconText()).triggered.connect(action.trigger)
