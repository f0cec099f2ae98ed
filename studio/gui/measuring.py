"""Says in the window how models are measured: ten sentences, each true of the judge's code."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from studio.gui.layout import Stretch, boxed, column, scrolling
from studio.gui.sheet import Sheet
from studio.gui.widgets import PlainLabel

__all__ = ["SENTENCES", "TITLE", "open_measuring"]

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
