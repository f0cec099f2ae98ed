"""What every page of the window is, what it is handed, and what it shows while there is nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from studio.desk.context import Desk
from studio.gui.action import Action
from studio.gui.layout import Stretch, column, row
from studio.gui.widgets import Button, PlainLabel, TitleLabel

__all__ = ["EmptyState"]

_WIDTH = 440


if TYPE_CHECKING:
    from studio.desk.run_control import RunControl
    from studio.gui.bridge import Bridge
    from studio.gui.theme import Theme
    from studio.gui.toast import Toasts
    from studio.gui.watch import Watch
    from studio.hooks.catalogue import Catalogue
    from studio.store.workspace import Workspace

__all__ = ["Page", "PageContext"]


@dataclass(frozen=True)
class PageContext:
    """What a page needs from the window.

    Attributes:
        workspace: The open workspace.
        bridge: For work that takes longer than a frame.
        watch: What lies in the workspace now.
        toasts: For short messages.
        control: For what is asked of runs.
        read_only: The workspace cannot be written to.
        gpus: Number of NVIDIA GPUs that the driver shows.
        restart: Starts the window again, in safe mode or not.
    """

    workspace: Workspace
    bridge: Bridge
    theme: Theme
    watch: Watch
    toasts: Toasts
    control: RunControl
    read_only: bool = False
    gpus: int = 0
    restart: Callable[[bool], None] | None = None

    def desk(self, owner: QObject) -> Desk:
        """What a part of the desk needs, on behalf of an owner."""
        return Desk(self.workspace, self.bridge.worker(owner), self.toasts, self.watch.look_now, self.read_only)

    def installed_plugins(self, again: bool = False) -> Catalogue:
        """Which plugins are installed; some seconds where that is not kept, so call it in a thread.

        Args:
            again: Ask those again that could not be used.

        Raises:
            StudioError: If it cannot be had.
        """
        from studio.hooks.installed import installed_plugins

        return installed_plugins(self.workspace, again)


class Page(QWidget):
    """One page.

    Attributes:
        offered: What can be done here, as the palette lists it.

    Signals:
        page_wanted: Another page is wanted, with what it should show.
    """

    title: ClassVar[str] = ""
    page_wanted = Signal(str, dict)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.offered: list[Action] = []

    def offer(self, *actions: Action, within: Sequence[QWidget] = ()) -> None:
        """List what can be done here.

        Args:
            actions: What the palette and the key help list, after what they list already.
            within: Where their keys work; wherever the page is in view where it is empty.
        """
        for action in actions:
            self.offered.append(action)
            if within:
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            for place in within or (self,):
                place.addAction(action)

    def header_widgets(self) -> list[QWidget]:
        """Page actions, at the right of the title."""
        return []

    def receive(self, target: dict[str, Any]) -> None:
        """Show what another page or a drop sends."""

    def shown(self) -> None:
        """The page is in view now."""

    def hidden(self) -> None:
        """The page is out of view now."""

    def closing(self) -> None:
        """The window closes: end threads and services."""


class EmptyState(QWidget):
    """A sentence and what to do about it.

    Args:
        title: What this place is for.
        text: One sentence on how it fills.
        ways: How it is filled, the usual way first: a verb, and what it does.

    Attributes:
        buttons: A button for each way.
    """

    def __init__(self, title: str, text: str, *ways: tuple[str, Callable[[], object]]) -> None:
        super().__init__()
        middle = Qt.AlignmentFlag.AlignHCenter
        heading = TitleLabel(title, 1.5)
        heading.setAlignment(middle)
        sentence = PlainLabel(text)
        sentence.setAlignment(middle)
        # A layout that centres a label asks for the height of one line only.
        sentence.setFixedSize(_WIDTH, sentence.heightForWidth(_WIDTH))
        self.buttons = [Button(verb, primary=place == 0) for place, (verb, _) in enumerate(ways)]
        for button, (_, fill) in zip(self.buttons, ways, strict=True):
            button.clicked.connect(lambda _=False, fill=fill: fill())
        middle_row, buttons = row(Stretch(), sentence, Stretch()), row(Stretch(), *self.buttons, Stretch())
        column(Stretch(2), heading, middle_row, buttons, Stretch(3), on=self, spacing=16, margins=9)
