"""Connects a window with an open workspace: its strip, its pages, and what the strip's buttons do."""

from __future__ import annotations

import os
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from studio.core.device import count_cpu_cores
from studio.desk.run_control import RunRequestName
from studio.desk.run_words import device_truth
from studio.desk.snapshot import Snapshot
from studio.gui.garbage import GarbageCollector
from studio.gui.instance import Instance
from studio.gui.page import Page, PageContext
from studio.gui.strip import Strip
from studio.gui.window import PAGES, Window

__all__ = ["WorkspaceView", "page_classes"]

_PREBUILD_MS = 60


def page_classes() -> dict[str, type[Page]]:
    """The pages by their keys; the first call imports them, in a thread."""
    from studio.gui.compare.page import ComparePage
    from studio.gui.data.page import DataPage
    from studio.gui.gallery.page import GalleryPage
    from studio.gui.play.page import PlayPage
    from studio.gui.plugins.page import PluginsPage
    from studio.gui.train.page import TrainPage

    return {
        "data": DataPage,
        "train": TrainPage,
        "gallery": GalleryPage,
        "compare": ComparePage,
        "plugins": PluginsPage,
        "play": PlayPage,
    }


class WorkspaceView(QObject):
    """What a window shows of an open workspace; the first page is built at once, the others one after another.

    Args:
        window: The window.
        context: What the pages are handed.
        first: The page to show.
        garbage: Told when everything is built.

    Signals:
        doctor_wanted: What works on this machine is asked for.
        raise_wanted: Another start of the studio asks for this window.
    """

    doctor_wanted = Signal()
    raise_wanted = Signal()

    def __init__(
        self, window: Window, context: PageContext, first: str, garbage: GarbageCollector, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._window, self._context, self._strip = window, context, Strip()
        # That it can only be read, where it is so.
        self._standing = window.notice.text
        self._threads = int(os.environ.get("STUDIO_THREADS", "0")) or count_cpu_cores()
        self._worker = context.bridge.worker(self._strip)
        strip, watch = self._strip, context.watch
        window.set_strip(strip)
        strip.show_device(*device_truth(watch.snapshot, context.gpus, self._threads))
        strip.run_clicked.connect(lambda id: window.show_page("train", {"run": id} if id else None))
        strip.asked.connect(self._control)
        strip.device_clicked.connect(self.doctor_wanted)
        watch.changed.connect(self._on_changed)
        watch.start()
        window.workspace_name = context.workspace.path.name
        window.set_pages({key: partial(page, context) for key, page in page_classes().items()}, first)
        if not context.read_only:
            Instance(context.workspace.path, self).raise_wanted.connect(self.raise_wanted)
        # One page a turn, so that the window answers in between.
        for number, (key, _) in enumerate(PAGES, 1):
            QTimer.singleShot(_PREBUILD_MS * number, window, partial(window.built, key))
            QTimer.singleShot(_PREBUILD_MS * (len(PAGES) + number), window, partial(window.warm, key))
        QTimer.singleShot(_PREBUILD_MS * (2 * len(PAGES) + 1), garbage, garbage.settle)

    def _on_changed(self, snapshot: Snapshot) -> None:
        self._strip.show_runs(snapshot)
        self._strip.show_device(*device_truth(snapshot, self._context.gpus, self._threads))
        self._window.rail.set_count("train", sum(row.live for row in snapshot.runs))
        if snapshot.problem:
            self._window.notice.set("bad", snapshot.problem)
        else:
            self._window.notice.set("warning", self._standing)

    def _control(self, id: str, name: RunRequestName) -> None:
        context = self._context
        run = context.workspace.folder("runs") / id
        context.control.ask(self._worker, run, name, lambda _: context.watch.look_now())
