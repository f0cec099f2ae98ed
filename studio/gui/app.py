"""Starts the window: first paint at once, then the workspace, then the pages.

Nothing but Qt's own modules is imported before the first paint; what the pages need (numpy, pydantic, pyqtgraph) is
imported in a thread afterwards.
"""

from __future__ import annotations

import faulthandler
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QIcon
from PySide6.QtWidgets import QApplication, QMenu

from studio.core.errors import StudioError, explain
from studio.core.resources import resource
from studio.core.safe_mode import in_safe_mode, set_safe_mode
from studio.gui.action import Action
from studio.gui.bridge import Bridge
from studio.gui.dialog import ask_for_folder
from studio.gui.fault import Faults
from studio.gui.garbage import GarbageCollector
from studio.gui.layout_memory import LayoutMemory
from studio.gui.page import PageContext
from studio.gui.termination import Termination
from studio.gui.theme import Choice, Theme
from studio.gui.window import Window

if TYPE_CHECKING:
    from studio.desk.drop import Dropped
    from studio.desk.opening import Opened
    from studio.gui.watch import Watch

__all__ = ["App", "run_window"]

# A start has come to its end when the window has stood for so long.
_STANDS_AFTER_MS = 10_000
_FAILED_STARTS = 2


class App(QObject):
    """The application around one window and one workspace.

    Args:
        application: Qt's application.
        workspace: Folder of the workspace.
        memory: How the person arranged the window last.
    """

    def __init__(self, application: QApplication, workspace: Path, memory: LayoutMemory) -> None:
        super().__init__()
        self._application = application
        self._path = workspace
        self._memory = memory
        self.restart: bool | None = None  # whether to start again when this window is closed, and then in safe mode
        self._opened: Opened | None = None
        self._watch: Watch | None = None
        self.theme = Theme(application, memory.theme)
        self.bridge = Bridge(self)
        self.faults = Faults(self.bridge, self)
        self.faults.install()
        self.garbage = GarbageCollector(self)
        self.bridge.failed.connect(self._on_task_failed)
        self.window = Window(self.theme, memory)
        self.window.painted.connect(self._on_painted)
        self.window.closed.connect(self._on_closed)
        self.window.dropped.connect(self._on_dropped)
        self.window.rail.menu_wanted.connect(self._on_menu_wanted)
        self.faults.happened.connect(partial(self.window.fault.set, "bad"))
        self._actions = self._make_actions()
        self.window.insertActions(self.window.actions()[0], self._actions)

    def _make_actions(self) -> list[Action]:
        """What can be done in every window, as its menu lists it."""
        add = partial(self.window.show_page, "data", {"add": "files"})
        folder = QUrl.fromLocalFile(str(self._path))
        wanted: list[tuple[str, str, Callable[[], object], str]] = [
            ("add", "Add files as a data set", add, "Ctrl+O"),
            ("light", "Choose the light appearance", partial(self._choose, "light"), ""),
            ("dark", "Choose the dark appearance", partial(self._choose, "dark"), ""),
            ("system", "Follow the desktop's appearance", partial(self._choose, "system"), ""),
            ("open", "Open another workspace", self._on_other_workspace, ""),
            ("folder", "Show the workspace's folder", partial(QDesktopServices.openUrl, folder), ""),
            ("doctor", "Check what works on this machine", self.open_doctor, ""),
            ("entry", "Add the studio to the desktop's menu", self._on_desktop_entry, ""),
            ("help", "Help and keys", self.open_help, "F1"),
            ("quit", "Quit", self.window.close, "Ctrl+Q"),
        ]
        return [
            Action(self.window, f"window.{name}", text, run, *([keys] if keys else []))
            for name, text, run, keys in wanted
            if name != "entry" or sys.platform == "linux"
        ]

    def _on_painted(self) -> None:
        # After the picture has reached the screen.
        QTimer.singleShot(0, self, lambda: self.bridge.run(self, self._prepare, self._on_prepared, self._on_unusable))

    def _prepare(self) -> Opened:
        """Open the workspace and import what its pages need; in a thread."""
        from studio.desk.opening import open_workspace
        from studio.gui.workspace_view import page_classes

        opened = open_workspace(self._path)
        page_classes()
        return opened

    def _on_unusable(self, error: Exception) -> None:
        """The workspace cannot be used: the window stays and says why."""
        self.window.notice.set("bad", explain(error), button="Open another", on_click=self._on_other_workspace)

    def _on_prepared(self, opened: Opened) -> None:
        from studio.desk.run_control import RunControl
        from studio.gui.watch import Watch
        from studio.gui.workspace_view import WorkspaceView

        self._opened, self._watch = opened, Watch(opened.workspace, self.bridge, self)
        parts = (opened.workspace, self.bridge, self.theme, self._watch, self.window.toasts)
        about = (opened.read_only, opened.gpus, self.start_again)
        context = PageContext(*parts, RunControl(opened.workspace), *about)
        self.window.notice.set("warning", opened.notice)
        self._offer_safe_mode()
        view = WorkspaceView(self.window, context, self._memory.page, self.garbage, self)
        view.doctor_wanted.connect(self.open_doctor)
        view.raise_wanted.connect(self.raise_window)

    def _offer_safe_mode(self) -> None:
        """After starts that failed one after the other, offer the window without strangers' plugins."""
        QTimer.singleShot(_STANDS_AFTER_MS, self, self._memory.end_start)
        if self._memory.unfinished_starts > _FAILED_STARTS and not in_safe_mode():
            text = f"The last {self._memory.unfinished_starts - 1} starts did not come to their end."
            self.window.notice.set("warning", text, "", "Start in safe mode", partial(self.start_again, True))

    def start_again(self, safe_mode: bool) -> None:
        """Close this window and open it again; trainings go on."""
        self.restart = safe_mode
        self.window.close()

    def _on_dropped(self, dropped: Dropped) -> None:
        if dropped.kind == "refused":
            self.window.toasts.say(f"{dropped.words}.")
        elif dropped.kind == "data":
            self.window.show_page("data", {"paths": list(dropped.paths)})
        elif dropped.kind == "model":
            self.window.show_page("gallery", {"file": dropped.paths[0]})
        elif dropped.kind == "plugin":
            self.window.show_page("plugins", {"install": dropped.paths[0]})
        else:
            path = dropped.paths[0]

            def show(settings: dict[str, Any]) -> None:
                self.window.show_page("gallery", {"settings": settings, "path": path})

            self.bridge.run(self, lambda: _sample_settings(path), show)

    def _on_task_failed(self, error: Exception) -> None:
        if not isinstance(error, StudioError | OSError):
            self.faults.report(type(error), error, error.__traceback__)
            return
        text = explain(error)
        self.window.toasts.say(text if text.endswith(".") else f"{text}.", kind="bad")

    def _choose(self, choice: Choice) -> None:
        self.theme.choose(choice)
        self._memory.theme = choice

    def _on_menu_wanted(self) -> None:
        menu = QMenu(self.window)
        menu.addActions(self._actions)
        button = self.window.rail.menu_button
        menu.popup(button.mapToGlobal(button.rect().topRight()))

    def _on_other_workspace(self) -> None:
        ask_for_folder(self.window, "Open another workspace", self._open_workspace, self._path.parent)

    def _open_workspace(self, chosen: Path) -> None:
        from studio.jobs.process import start_detached

        # A window of its own: what runs here goes on.
        start_detached("studio.gui", [str(chosen)], None)

    def _on_desktop_entry(self) -> None:
        from studio.desk.desktop_entry import add_desktop_entry

        done = "Generative Studio is in the desktop's menu now."
        self.bridge.run(self, add_desktop_entry, lambda _: self.window.toasts.say(done))

    def open_doctor(self) -> None:
        """Show what works on this machine."""
        from studio.gui.sheet import open_doctor

        open_doctor(self.window, self.bridge, self._path)

    def open_help(self) -> None:
        """Show what can be done and with which keys."""
        from studio.gui.sheet import open_help

        open_help(self.window, self.window.entries())

    def raise_window(self) -> None:
        """Bring the window to the front."""
        self.window.showNormal() if self.window.isMinimized() else self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    def _on_closed(self) -> None:
        self._memory.end_start()
        for page in self.window.pages.values():
            page.closing()
        if self._watch is not None:
            self._watch.close()
        if self._opened is not None:
            self._opened.close()
        self.bridge.close()


def _sample_settings(path: Path) -> dict[str, Any]:
    from studio.data.sample_file import read_saved_settings

    return read_saved_settings(path)


def run_window(workspace: Path) -> int:
    """Open the window on a workspace and return when it is closed.

    Returns:
        0; 1 when the workspace is open in a window that does not answer, 2 when there can be no window here.
    """
    import platformdirs

    from studio.core.display import why_no_window
    from studio.store.lock import is_locked

    why = why_no_window()
    if why:
        print(f"studio: {why}.", file=sys.stderr)
        return 2
    workspace = workspace.expanduser().absolute()
    if is_locked(workspace / "window.lock"):
        return _hand_over(workspace)
    faulthandler.enable()
    application = QApplication(sys.argv[:1])
    application.setApplicationName("generative-studio")
    application.setApplicationDisplayName("Generative Studio")
    application.setDesktopFileName("generative-studio")
    application.setWindowIcon(QIcon(str(resource("icons/studio.svg"))))
    memory = LayoutMemory(Path(platformdirs.user_config_dir("generative-studio", appauthor=False)) / "window.ini")
    memory.begin_start()
    app = App(application, workspace, memory)
    Termination(app).asked.connect(app.window.close)
    # Qt ends with the last window too, but that was seen to get lost where a page was being built meanwhile.
    app.window.closed.connect(application.quit, Qt.ConnectionType.QueuedConnection)
    app.window.show()
    status = application.exec()
    if app.restart is not None:
        from studio.jobs.process import start_detached

        # Only now is the workspace free for it.
        set_safe_mode(app.restart)
        start_detached("studio.gui", [str(workspace)], None)
    return int(status)


def _hand_over(workspace: Path) -> int:
    from studio.gui.instance import raise_other

    if raise_other(workspace):
        print(f"The workspace {workspace} is open already; its window has been brought to the front.")
        return 0
    print(
        f"studio: the workspace {workspace} is open in another window, which does not answer; close that one first.",
        file=sys.stderr,
    )
    return 1
