"""The picture of a family: its samples as dots that move from where they were to where they are, over the points."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, QTimer
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.core.modality import TableSpec
from studio.gui.guard import guarded
from studio.gui.item.density import density_picture, score_picture
from studio.gui.play.plane import Ground, dot_of, paint_dots, paint_lines, part_of, square_of
from studio.gui.theme import Theme

__all__ = ["Picture"]

# A sample is made of the same noise in every preview: it is the same dot, which moves there in so long.
_MOVE_S, _FRAME_MS = 0.3, 40
_DOT = 3.5
_GROUND_ALPHA, _LINE_ALPHA = 0.4, 0.5


class Picture(QWidget):
    """Samples of one family over the points of the person.

    Args:
        theme: Its colours.
        colour: The family's.
        ground: The points of the person, which all pictures share.
    """

    def __init__(self, theme: Theme, colour: QColor, ground: Ground) -> None:
        super().__init__()
        self._theme, self._colour = theme, colour
        self._ground = ground
        self._dot = dot_of(colour, _DOT, 1.0)
        self._before: npt.NDArray[np.float64] | None = None
        self._samples: npt.NDArray[np.float64] | None = None
        self._came = 0.0
        self._lines: npt.NDArray[Any] | None = None
        self._density = QImage()
        self._ends = ((0.0, 1.0), (0.0, 1.0))
        self._shows_inside = True
        self._timer = QTimer(self)
        self._timer.setInterval(_FRAME_MS)
        self._timer.timeout.connect(self._on_frame)
        theme.changed.connect(self.update)

    @property
    def samples(self) -> npt.NDArray[np.float64] | None:
        """The samples, (N, 2); None before there are any."""
        return self._samples

    def set_samples(self, samples: npt.NDArray[Any] | None) -> None:
        """Show other samples, (N, 2): they move there, where there were as many before; None for none."""
        if samples is not None:
            samples = np.nan_to_num(samples[:, :2].astype(np.float64), nan=1e6, posinf=1e6, neginf=-1e6)
        before, now = self._samples, time.monotonic()
        same = before is not None and samples is not None and len(before) == len(samples)
        self._before = before if same else None
        self._samples, self._came = samples, now
        if self._before is not None and self.isVisible():
            self._timer.start()
        self.update()

    def set_inside(self, plane: Mapping[str, npt.NDArray[Any]], spec: TableSpec | None) -> None:
        """Show what is known of the inside of the model.

        Args:
            plane: Arrays by kind, see ``studio.store.plane``.
            spec: The columns that it was drawn for.
        """
        self._lines = next((plane[kind] for kind in ("grid", "paths") if kind in plane), None)
        density = next((plane[kind] for kind in ("exact", "bound") if kind in plane), None)
        score = plane.get("score")
        rgb = (self._colour.red(), self._colour.green(), self._colour.blue())
        self._density = QImage()
        if spec is not None:
            if density is not None:
                self._density = density_picture(density, rgb)
            elif score is not None:
                self._density = score_picture(score, rgb)
            self._ends = spec.shown(0), spec.shown(1)
        self.update()

    def show_inside(self, shows: bool) -> None:
        """Show the inside, or the samples alone."""
        self._shows_inside = shows
        self.update()

    def _on_frame(self) -> None:
        if time.monotonic() - self._came >= _MOVE_S:
            self._timer.stop()
        self.update()

    def _where(self) -> npt.NDArray[np.float64] | None:
        """Where the dots are now."""
        share = (time.monotonic() - self._came) / _MOVE_S
        if self._before is None or self._samples is None or share >= 1.0:
            return self._samples
        eased = share * share * (3.0 - 2.0 * share)
        return self._before + eased * (self._samples - self._before)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        square, colours = square_of(self), self._theme.colours
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setClipRect(square)
            if self._shows_inside:
                self._paint_inside(painter, square)
            dots = self._where()
            painter.setOpacity(_GROUND_ALPHA if dots is not None else 1.0)
            self._ground.paint(painter, square, self.devicePixelRatioF(), QColor(colours.secondary))
            painter.setOpacity(1.0)
            if dots is not None:
                ratio = self.devicePixelRatioF()
                if self._dot.devicePixelRatio() != ratio:
                    self._dot = dot_of(self._colour, _DOT, ratio)
                paint_dots(painter, dots, square, self._dot)

    def _paint_inside(self, painter: QPainter, square: QRectF) -> None:
        if not self._density.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(part_of(square, *self._ends), self._density)
        if self._lines is not None:
            colour = QColor(self._colour)
            colour.setAlphaF(_LINE_ALPHA)
            paint_lines(painter, self._lines, square, colour)
