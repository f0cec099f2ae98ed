"""Sees to it that Python's collector of cycles runs on the window's thread only.

The collector runs wherever memory is asked for. In a thread of ours it would destroy Qt's objects, of which pyqtgraph
leaves many in cycles, beside the window's thread, and Qt then ends the process sooner or later.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

__all__ = ["GarbageCollector"]

_PERIOD_MS = 200


class GarbageCollector(QObject):
    """Collects by the interpreter's own thresholds, but from a timer."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect)
        self._timer.start(_PERIOD_MS)

    def collect(self) -> None:
        """Collect the generations that are due, youngest first."""
        for generation, most in enumerate(self._thresholds):
            if gc.get_count()[generation] <= most:
                return
            gc.collect(generation)

    def settle(self) -> None:
        """Leave out of later collections what is there now, as what was imported; they are then short."""
        gc.freeze()
