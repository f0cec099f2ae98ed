"""Writes curves for other programs: a table of every value, or the picture as PNG or SVG."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QPoint, QRect, QSize
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from studio.core.words import csv_cell
from studio.desk.curve import CurveKey
from studio.store.atomic import write_bytes
from studio.store.curve import CurveDatabase

__all__ = ["as_png", "as_svg", "curves_as_csv", "write_csv"]


def curves_as_csv(keys: Sequence[tuple[str, CurveKey]]) -> str:
    """Every value of some curves, one a row: run, metric, step, value; an empty value was not finite.

    Args:
        keys: Name of the run, and the curve.
    """
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(("run", "metric", "step", "value"))
    for name, key in keys:
        with closing(CurveDatabase(key.run)) as database:
            for step, value in database.rows(key.metric):
                table.writerow((csv_cell(name), csv_cell(key.metric), step, "" if value is None else repr(value)))
    return text.getvalue()


def write_csv(path: Path, keys: Sequence[tuple[str, CurveKey]]) -> None:
    """Write ``curves_as_csv`` into a file, whole or not at all."""
    write_bytes(path, curves_as_csv(keys).encode())


def as_png(widget: QWidget) -> bytes:
    """What a widget shows, as the bytes of a PNG."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    widget.grab().save(buffer, "PNG")
    return bytes(data.data())


def as_svg(widget: QWidget, title: str) -> bytes:
    """What a widget shows, as the bytes of an SVG."""
    data = QByteArray()
    buffer = QBuffer(data)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(QSize(widget.width(), widget.height()))
    generator.setViewBox(QRect(0, 0, widget.width(), widget.height()))
    generator.setTitle(title)
    painter = QPainter(generator)
    widget.render(painter, QPoint())
    painter.end()
    return bytes(data.data())
