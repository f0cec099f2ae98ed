"""The window's frame: the rail, the page in view, the strip, and what lies over them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QWidget

from studio.gui.action import Action
from studio.gui.drop import DropField
from studio.gui.guard import guarded
from studio.gui.layout import Stretch, column, row
from studio.gui.layout_memory import LayoutMemory
from studio.gui.notice import Notice
from studio.gui.page import Page
from studio.gui.palette import CommandPalette, Entry
from studio.gui.rail import Rail
from studio.gui.theme import Theme
from studio.gui.toast import Toasts
from studio.gui.widgets import TitleLabel, separator

__all__ = ["PAGES", "Window"]

PAGES = [
    ("data", "Data"),
    ("train", "Train"),
    ("gallery", "Gallery"),
    ("compare", "Compare"),
    ("plugins", "Plugins"),
    ("play", "Play"),
]
_MARGIN = 16
_NARROW = 1180
_HOME = QSize(1280, 800)
# Title bar and borders, which the system draws around it.
_FRAME = QSize(8, 40)


class Window(QWidget):
    """The frame. It knows pages by name only; they are built when they are first wanted.

    Args:
        memory: How the person arranged it last.

    Signals:
        painted: It was painted for the first time.
        closed: It is closing.
        dropped: Files were let go over it, a Dropped.
    """

    painted = Signal()
    closed = Signal()
    dropped = Signal(object)

    def __init__(self, theme: Theme, memory: LayoutMemory) -> None:
        super().__init__()
        self.setWindowTitle("Generative Studio")
        self.setAcceptDrops(True)
        self.setMinimumSize(960, 600)
        self._memory = memory
        self._was_painted = False
        self._folded_for_room = False
        self._build: dict[str, Callable[[], Page]] = {}
        self.pages: dict[str, Page] = {}
        self.page = ""
        self.workspace_name = ""
        self._pages = {
            key: Action(
                self, f"page.{key}", f"Go to {title}", partial(self.show_page, key), f"Ctrl+{number}", short=title
            )
            for number, (key, title) in enumerate(PAGES, 1)
        }
        self.rail = Rail(theme, self._pages)
        self.title = TitleLabel()
        self.header = row(self.title, Stretch())
        self._header_widgets: list[QWidget] = []
        self.fault = Notice(closable=True)
        self.notice = Notice()
        self.stack = QStackedWidget()
        self.stack.addWidget(QWidget())
        parts = (self.header, self.fault, self.notice, (self.stack, 1))
        content = column(*parts, spacing=12, margins=(_MARGIN, 12, _MARGIN, _MARGIN))
        middle = row(self.rail, separator(vertical=True), (content, 1), spacing=0)
        self._bottom = column(spacing=0)
        column((middle, 1), separator(), self._bottom, on=self, spacing=0)
        self.toasts = Toasts(self)
        self.palette_box = CommandPalette(self.entries, self)
        self.drop_field = DropField(theme, self, self._why_no_drop)
        self.drop_field.dropped.connect(self.dropped)
        undo, newest = "Undo what the last message offers to undo", self.toasts.press_newest
        self.addActions(
            [
                *self._pages.values(),
                Action(self, "window.undo", undo, newest, "Ctrl+Z"),
                Action(self, "window.palette", "Command palette", self.palette_box.open, "Ctrl+K"),
            ]
        )
        if not memory.restore_window(self):
            self._fit_screen()
        self.rail.set_narrow(memory.narrow)

    def _fit_screen(self) -> None:
        """Begin as large as at home, or as the screen has room for, the system's frame included."""
        room = self.screen().availableGeometry().size() - _FRAME
        self.setMinimumSize(self.minimumSize().boundedTo(room))
        self.resize(_HOME.boundedTo(room))

    def set_strip(self, strip: QWidget) -> None:
        """Put the strip at the bottom."""
        self._bottom.addWidget(strip)
        self.toasts.keep_clear(strip)

    def set_pages(self, build: dict[str, Callable[[], Page]], first: str) -> None:
        """Say how pages are built, and show one."""
        self._build = build
        self.show_page(first if first in build else "data")

    def entries(self) -> list[Entry]:
        """What can be done now: in the window, on the page in view, and on the others."""
        found = [
            Entry(action.text(), action.run, action.keys) for action in self.actions() if isinstance(action, Action)
        ]
        for key, page in self.pages.items():
            found += [
                Entry(f"{page.title}: {action.text()}", partial(self._run_on_page, key, action), action.keys)
                for action in page.offered
                if action.isEnabled() and action.isVisible()
            ]
        return found

    def _run_on_page(self, key: str, action: Action) -> None:
        self.show_page(key)
        action.run()

    def built(self, key: str) -> Page | None:
        """A page, built when this is the first time; None before the workspace is open."""
        if key not in self.pages:
            if key not in self._build:
                return None
            page = self._build[key]()
            self.pages[key] = page
            page.page_wanted.connect(self.show_page)
            self.stack.addWidget(page)
            self._memory.restore_dividers(page, key)
            for field in page.findChildren(QLineEdit):
                # A dropped file belongs to the window, not into a line of text.
                field.setAcceptDrops(False)
        return self.pages[key]

    def warm(self, key: str) -> None:
        """Paint a page once out of sight: the first time takes much longer than any other."""
        page = self.built(key)
        if page is not None and key != self.page:
            page.resize(self.stack.size())
            page.grab()

    def show_page(self, key: str, target: dict[str, Any] | None = None) -> None:
        """Show a page, and hand it what it should show."""
        page = self.built(key)
        if page is None:
            return
        if key != self.page:
            if self.page in self.pages:
                self.pages[self.page].hidden()
            self.page = key
            self.stack.setCurrentWidget(page)
            self.title.setText(page.title)
            # Two windows on two workspaces must be told apart by whoever switches between them.
            self.setWindowTitle(", ".join(part for part in (page.title, self.workspace_name) if part))
            self._show_header(page)
            self.rail.set_page(key)
            page.shown()
        if target:
            page.receive(target)

    def _show_header(self, page: Page) -> None:
        for widget in self._header_widgets:
            self.header.removeWidget(widget)
            widget.hide()
        self._header_widgets = page.header_widgets()
        for widget in self._header_widgets:
            self.header.addWidget(widget)
            widget.show()

    def _why_no_drop(self) -> str:
        """Why nothing can be dropped now; empty where something can."""
        if self._build:
            return ""
        if self.notice.isHidden():
            return "The workspace is still being opened; drop it again in a moment"
        return "The workspace cannot be used; open another one, then drop it again"

    def _fold_rail(self) -> None:
        """Give a narrow window's page the room of the rail's words, and take it back."""
        narrow = self.width() < _NARROW
        if narrow and not self.rail.narrow:
            self._folded_for_room = True
            self.rail.set_narrow(True)
        elif not narrow and self._folded_for_room:
            self._folded_for_room = False
            self.rail.set_narrow(False)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            self.painted.emit()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold_rail()

    @guarded
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.drop_field.offer(event)

    @guarded
    def closeEvent(self, event: QCloseEvent) -> None:
        for key, page in self.pages.items():
            self._memory.keep_dividers(page, key)
        self._memory.keep_window(self, self.page, self.rail.narrow and not self._folded_for_room)
        # What is still to be built would never be told that the window has closed.
        self._build = {}
        self.closed.emit()
        event.accept()
