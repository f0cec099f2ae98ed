"""This file opens the workspace behind a window that is already painted, and builds the pages over it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from functools import partial
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from studio.core.device import count_cpu_cores, count_nvidia_gpus
from studio.core.errors import ForeignEntryError, WorkspaceError, explain
from studio.core.words import number_of
from studio.gui.instance import LOCK, Instance
from studio.gui.page import Page, PageContext
from studio.gui.strip import Strip
from studio.gui.watch import Snapshot, Watch
from studio.gui.window import PAGES
from studio.store.inside import open_append
from studio.store.lock import ProcessLock
from studio.store.workspace import Workspace

if TYPE_CHECKING:
    from studio.gui.app import App

__all__ = ["Opened", "connect_workspace", "prepare", "sample_settings_of"]

_PREBUILD_MS = 60


class Opened:
    """A workspace that this window holds.

    Attributes:
        workspace: The workspace.
        read_only: Nothing can be written into it.
        notice: What is to be said about it, if anything.
        gpus: Number of NVIDIA GPUs that the driver shows.
    """

    def __init__(
        self, workspace: Workspace, lock: ProcessLock, read_only: bool, notice: str, log: logging.Handler | None = None
    ) -> None:
        self.workspace = workspace
        self.read_only = read_only
        self.notice = notice
        # Asking the driver may take a second; this is not the window's thread.
        self.gpus = count_nvidia_gpus()
        self._lock = lock
        self._log = log
        self._watch: Watch | None = None

    def make_watch(self, parent: QObject) -> Watch:
        """Begin to watch it."""
        self._watch = Watch(self.workspace, parent)
        return self._watch

    def close(self) -> None:
        """Stop to watch and let others have it."""
        if self._watch is not None:
            self._watch.close()
        if self._log is not None:
            logging.getLogger("studio").removeHandler(self._log)
            self._log.close()
        self._lock.release()


def prepare(path: Path) -> Opened:
    """Import what the pages need and open the workspace; runs in a thread.

    Raises:
        WorkspaceError: If the workspace cannot be used, or another window has it.
    """
    workspace = Workspace(path)
    lock = ProcessLock(workspace.path / LOCK)
    read_only, notice = not os.access(workspace.path, os.W_OK), ""
    try:
        if not read_only and not lock.acquire():
            raise WorkspaceError(f"The workspace {workspace.path} is open in another window; use that one.")
    except OSError as error:
        read_only, notice = True, explain(error)
    if read_only:
        notice = (
            f"The workspace {workspace.path} cannot be written to{f' ({notice})' if notice else ''}: "
            "you can look at it, but not add, train or keep samples."
        )
    for build in _BUILDERS.values():
        build()
    return Opened(workspace, lock, read_only, notice, None if read_only else _log_into(workspace.path / "window.log"))


class _OwnLog(RotatingFileHandler):
    """A log inside the workspace; where a link or a pipe has its name, nothing is written."""

    def _open(self) -> TextIOWrapper:
        return open(open_append(Path(self.baseFilename)), "a", encoding=self.encoding)

    def handleError(self, record: logging.LogRecord) -> None:
        if not isinstance(sys.exc_info()[1], ForeignEntryError):
            super().handleError(record)


def _log_into(path: Path) -> logging.Handler:
    # Qt may say the same thing with every frame: two files of 1 MB are enough.
    handler = _OwnLog(path, maxBytes=1_000_000, backupCount=1, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.getLogger("studio").addHandler(handler)
    return handler


def _data() -> type[Page]:
    from studio.gui.data.page import DataPage

    return DataPage


def _train() -> type[Page]:
    from studio.gui.train.page import TrainPage

    return TrainPage


def _gallery() -> type[Page]:
    from studio.gui.gallery.page import GalleryPage

    return GalleryPage


def _compare() -> type[Page]:
    from studio.gui.compare.page import ComparePage

    return ComparePage


def _plugins() -> type[Page]:
    from studio.gui.plugins.page import PluginsPage

    return PluginsPage


# Each imports its page; the first call does so in a thread.
_BUILDERS: dict[str, Callable[[], type[Page]]] = {
    "data": _data,
    "train": _train,
    "gallery": _gallery,
    "compare": _compare,
    "plugins": _plugins,
}


def sample_settings_of(path: Path) -> dict[str, Any]:
    """The settings inside a sample's PNG.

    Raises:
        DataError: If it carries none.
    """
    from studio.data.picture import read_sample_settings

    return read_sample_settings(path)


def connect_workspace(app: App, context: PageContext, first: str) -> None:
    """Build the strip and the first page over an open workspace, and the other pages one after another.

    Args:
        app: The application.
        context: What the pages are handed.
        first: The page to show.
    """
    window, strip = app.window, Strip()
    standing = window.notice.text  # that it can only be read, where it is so
    window.set_strip(strip)
    threads = int(os.environ.get("STUDIO_THREADS", "0")) or count_cpu_cores()

    def on_changed(snapshot: Snapshot) -> None:
        strip.show_runs(snapshot)
        strip.show_device(*device_truth(snapshot, gpus, threads))
        window.rail.set_count("train", sum(row.live for row in snapshot.runs))
        if snapshot.problem:
            window.notice.set("bad", snapshot.problem)
        else:
            window.notice.set("warning", standing)

    pending: set[str] = set()

    def control(act: Callable[[Path], Any], id: str) -> None:
        """One command at a time for each run: a trainer may take a whole step to answer."""
        folder = context.workspace.folder("runs") / id
        if id in pending:
            return
        pending.add(id)

        def done(_: object) -> None:
            pending.discard(id)
            context.watch.look_now()

        def failed(error: Exception) -> None:
            pending.discard(id)
            context.tasks.failed.emit(error)

        context.tasks.run(strip, lambda: act(folder), done, failed)

    gpus = context.gpus
    strip.show_device(*device_truth(context.watch.snapshot, gpus, threads))
    strip.run_clicked.connect(lambda id: window.show_page("train", {"run": id} if id else None))
    strip.pause_clicked.connect(lambda id: control(lambda folder: _pause_or_resume(context.workspace, folder), id))
    strip.force_clicked.connect(lambda id: control(lambda folder: _stop(context.workspace, folder, force=True), id))
    strip.stop_clicked.connect(lambda id: control(lambda folder: _stop(context.workspace, folder), id))
    strip.device_clicked.connect(app.open_doctor)
    context.watch.changed.connect(on_changed)
    context.watch.start()
    window.workspace_name = context.workspace.path.name
    window.set_pages({key: partial(_build, key, context) for key in _BUILDERS}, first)
    if not context.read_only:
        instance = Instance(context.workspace.path, app)
        instance.raise_wanted.connect(app.raise_window)
    # One page a turn, so that the window answers in between.
    for number, (key, _) in enumerate(PAGES, 1):
        QTimer.singleShot(_PREBUILD_MS * number, window, partial(window.built, key))
        QTimer.singleShot(_PREBUILD_MS * (len(PAGES) + number), window, partial(window.warm, key))
    QTimer.singleShot(_PREBUILD_MS * (2 * len(PAGES) + 1), app.garbage, app.garbage.settle)


def _build(key: str, context: PageContext) -> Page:
    return _BUILDERS[key]()(context)


def _pause_or_resume(workspace: Workspace, folder: Path) -> None:
    from studio.jobs.control import command_run, resume_run
    from studio.store.run import read_status

    if read_status(folder).state == "paused":
        resume_run(workspace, folder)
    else:
        command_run(folder, "pause")


def _stop(workspace: Workspace, folder: Path, force: bool = False) -> None:
    from studio.jobs.control import stop_run

    stop_run(workspace, folder, force)


def device_truth(snapshot: Snapshot, gpus: int, threads: int) -> tuple[str, bool]:
    """The device that the running trainer really got, or what there is; and whether that is a warning."""
    cpu = number_of(threads, "thread")
    for row in snapshot.runs:
        if row.status.state in ("running", "paused") and row.status.device:
            wanted = row.document.device if row.document is not None else ""
            if wanted.startswith("cuda") and row.status.device == "cpu":
                return "CPU: CUDA was asked for", True
            used = number_of(row.status.threads or threads, "thread")
            device = f"CPU, {used}" if row.status.device == "cpu" else row.status.device
            return f"Training on {device}", False
    if gpus:
        return f"{number_of(gpus, 'NVIDIA GPU')}, {number_of(threads, 'CPU thread')}", False
    return f"CPU, {cpu}", False
