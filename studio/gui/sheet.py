"""A sheet, a panel over the window, and the three that every window has: help, how models are measured, and doctor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from studio.desk.doctor import ask_doctor
from studio.gui.bridge import Bridge
from studio.gui.guard import guarded
from studio.gui.layout import Stretch, boxed, column, row, scrolling
from studio.gui.overlay import Overlay
from studio.gui.palette import Entry
from studio.gui.widgets import Button, IconButton, PlainLabel, SecondaryLabel, TextTable, TitleLabel
from studio.version import VERSION

__all__ = ["SENTENCES", "TITLE", "Sheet", "open_doctor", "open_help", "open_measuring"]

_TEXT = (
    "Drop images, a folder or an archive anywhere to make a data set. Choose a family and a preset on the Train page "
    "and press Start. Export the run when you like its samples, then sample the exported file in the gallery. "
    "Trainings go on when this window is closed."
)
_EVERYWHERE = (
    ("Move in a grid of pictures", "Arrows, Page Up, Page Down, Home, End"),
    ("Select several pictures", "Shift or Ctrl with a click, Shift with arrows, Ctrl+A"),
    ("Close what lies on top", "Esc"),
)
TITLE = "How we measure"
SENTENCES = (
    "Samples are drawn from the exported file itself, with seed 0, and compared with as many held-out items, which "
    "the studio never trains on.",
    "A model that takes classes is asked for the classes of those held-out items, so that uneven classes are nobody's "
    "fault.",
    "Distances are measured in features: those of a small classifier that learns the data set's own classes, and those "
    "of a network that knows ImageNet.",
    "The floor is the same number for other real items in the place of the samples: training items kept from the "
    "classifier, of the same class counts where samples were asked for classes.",
    "What counts is how far a distance lies above its floor: 0 means that the samples cannot be told from real items "
    "by it.",
    "The Fréchet distance falls as more samples are taken, so only equal counts compare; the kernel distance does not, "
    "and stands beside it.",
    "Intervals hold 95 %: every number is measured again on random halves of the items, distances on quarters too, and "
    "two models are told apart by their difference on the same parts.",
    "The interval of one training knows nothing of other seeds; of several trainings it is where one more would come, "
    "by Student's t.",
    "A likelihood is shown with what is modelled of an item; 'at least' nats and 'at most' bits say that it is a "
    "bound, and without the class it is the mixture of all classes.",
    "Samples in black and white are compared with real items drawn in black and white, and copies are looked for among "
    "up to 100,000 training items.",
)
_WORDS = {"good": "Works", "warning": "Note", "bad": "Broken"}


class Sheet(Overlay):
    """A panel in the middle of the window, which goes on behind it.

    Args:
        title: Its title.
        over: The window.
        width: Its width in pixels, where the window has as much.
    """

    def __init__(self, title: str, over: QWidget, width: int = 720) -> None:
        super().__init__(over)
        self._width = width
        self.title = title
        self.panel = QFrame(self)
        self.panel.setProperty("role", "toast")
        heading = TitleLabel(title)
        self.close_button = IconButton("close", "Close")
        self.close_button.clicked.connect(self.dismiss)
        self.dismissed.connect(self.deleteLater)
        self.content = column()
        head = row((heading, 1), self.close_button)
        column(head, (self.content, 1), on=self.panel, spacing=12, margins=(16, 12, 16, 16))

    def open(self) -> None:
        """Appear over the window, in the place of one with the same title."""
        for other in self._over.findChildren(Sheet, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if other is not self and other.title == self.title:
                other.dismiss()
        self.appear(self.close_button)

    def cover(self) -> None:
        """Cover the window, the panel in its middle."""
        super().cover()
        over = self._over
        width, height = min(self._width, over.width() - 48), over.height() - 96
        self.panel.setGeometry(QRect((over.width() - width) // 2, 48, width, height))

    @guarded(fallback=True)
    def focusNextPrevChild(self, next: bool) -> bool:
        # Tab must not lead to what lies beneath and cannot be seen.
        widget = self.focusWidget() or self.close_button
        for _ in range(len(self.findChildren(QWidget)) + len(self._over.findChildren(QWidget)) + 1):
            following = widget.nextInFocusChain() if next else widget.previousInFocusChain()
            if following is None:
                break  # Qt's chain is a ring; its types do not say so
            widget = following
            takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and widget.isEnabled()
            if takes and self.isAncestorOf(widget):
                widget.setFocus(Qt.FocusReason.TabFocusReason if next else Qt.FocusReason.BacktabFocusReason)
                break
        return True

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.panel.geometry().contains(event.position().toPoint()):
            self.dismiss()

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 110))
        painter.end()


def open_help(over: QWidget, entries: Sequence[Entry]) -> Sheet:
    """Open the sheet."""
    sheet = Sheet(f"Generative Studio {VERSION}", over)
    sheet.content.addWidget(PlainLabel(_TEXT))
    measuring = Button(TITLE)
    measuring.clicked.connect(lambda: open_measuring(over))
    sheet.content.addWidget(measuring, 0, Qt.AlignmentFlag.AlignLeft)
    table = TextTable("Keys", "What", "Keys")
    table.set_rows([*((entry.title, entry.keys) for entry in entries if entry.keys), *_EVERYWHERE])
    sheet.content.addWidget(table, 1)
    sheet.open()
    return sheet


def open_measuring(over: QWidget) -> Sheet:
    """Open the sheet."""
    sheet = Sheet(TITLE, over)
    labels = [PlainLabel(f"{number}. {sentence}") for number, sentence in enumerate(SENTENCES, 1)]
    inside = boxed(column(*labels, Stretch(), spacing=10, margins=(0, 0, 8, 0)))
    area = scrolling(inside)
    area.setAccessibleName(TITLE)
    # The sheet's own ground shows through.
    inside.setAutoFillBackground(False)
    sheet.content.addWidget(area, 1)
    sheet.open()
    return sheet


def open_doctor(over: QWidget, bridge: Bridge, workspace: Path) -> Sheet:
    """Open the sheet; it fills when the answer comes."""
    sheet = Sheet("What works on this machine", over, 860)
    state = SecondaryLabel("Looking; this takes a few seconds, since every library is loaded once.")
    table = TextTable("Findings", "", "What", "Finding")
    table.setWordWrap(True)
    sheet.content.addWidget(state)
    sheet.content.addWidget(table, 1)
    sheet.open()

    def fill(findings: list[dict[str, str]]) -> None:
        state.setText("As 'studio doctor' found it just now.")
        words = [(_WORDS.get(one["state"], one["state"]), one["name"], one["detail"]) for one in findings]
        table.set_rows(words)
        table.resizeRowsToContents()

    def fail(error: Exception) -> None:
        state.setText(f"The findings could not be had: {error}")

    bridge.run(sheet, lambda: ask_doctor(workspace), fill, fail)
    return sheet
