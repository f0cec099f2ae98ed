"""Tells all about the chosen sample, and holds what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QScrollArea

from studio.core.interpolation import InterpolationPath
from studio.core.known_values import KnownValues
from studio.core.modality import ImageSpec
from studio.core.words import figures, moment, number_of, one_line
from studio.desk.sample_store import Batch
from studio.desk.tile import Tile, source_of
from studio.desk.token_shades import TokenShade
from studio.gui.action import button_of, icon_button_of
from studio.gui.facts import Facts
from studio.gui.gallery.actions import GalleryActions
from studio.gui.gallery.picture_view import PictureView
from studio.gui.layout import Gap, Stretch, boxed, column, row, scrolling, top
from studio.gui.widgets import Card, SecondaryLabel, TitleLabel

__all__ = ["Inspector", "sample_facts"]

_SHADES = "The less likely a token was, the stronger its shade. Point at one to see what was likelier."
_LONGEST = 120
_LONGEST_WORD = 24


def _shown(text: str) -> str:
    """Foreign text for a narrow column: on one line, with places to break long words at."""
    text = one_line(text)
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    words = (
        "\u200b".join(word[i : i + _LONGEST_WORD] for i in range(0, len(word), _LONGEST_WORD))
        for word in text.split(" ")
    )
    return " ".join(words)


def _number(value: float) -> str:
    return f"{int(value):,}" if value == int(value) and abs(value) < 1e15 else f"{value:g}"


def _kept(given: KnownValues | None) -> str:
    return f"{given.num_known:,} of {given.values.size:,} values" if given is not None else ""


def _way(path: InterpolationPath | None, position: int) -> str:
    return f"seed {path.seed}, number {path.index}: {path.shares[position]:.0%}" if path is not None else ""


def _size(shape: tuple[int, ...] | None) -> str:
    """Size of a sample whose model did not say what it is: an image."""
    return ImageSpec(shape=shape).size if shape is not None else ""


def sample_facts(batch: Batch, position: int, shape: tuple[int, ...] | None) -> list[tuple[str, str]]:
    """Everything that made a sample, in words."""
    document, request = batch.document, batch.document.request
    speed = request.count / document.seconds if document.seconds > 0 else 0.0
    return [
        ("Class", "" if batch.together else _shown(document.class_name(position))),
        ("Seed", str(request.seed)),
        ("Numbers", f"{request.start} to {request.start + request.count - 1}" if batch.together else ""),
        ("Number", "" if batch.together else str(request.number(position))),
        *((_shown(name).replace("_", " ").capitalize(), _number(value)) for name, value in request.scalars.items()),
        ("Toward", _way(request.interpolation, position)),
        ("Kept", _kept(request.given)),
        ("Source", _shown(source_of(document.spec, request, position))),
        ("Model", _shown(document.title or document.file.rpartition("/")[2])),
        ("Id", _shown(document.model)),
        ("Family", _shown(document.family)),
        ("Size", document.spec.size if document.spec is not None else _size(shape)),
        ("Drawn", moment(document.created)),
        ("Provider", document.provider.removesuffix("ExecutionProvider")),
        ("Speed", f"{figures(speed)} a second" if speed and document.provider else ""),
    ]


class Inspector(Card):
    """The chosen sample, large, with every input.

    Args:
        can: What can be done with it.
    """

    def __init__(self, can: GalleryActions) -> None:
        super().__init__()
        self._can = can
        self.setMinimumWidth(256)
        self.setMaximumWidth(440)
        self.view = PictureView()
        self.view.clicked.connect(can.enlarge.trigger)
        self.title = TitleLabel("", 1.1)
        self.title.setWordWrap(True)
        self.star, self.trash = icon_button_of(can.star), icon_button_of(can.trash)
        acts = (can.again, can.vary, can.complete, can.interpolate, can.copy_text, can.shade, can.copy, can.save)
        self._buttons = [button_of(action) for action in acts]
        self.again, self.variations, self.complete, self.interpolate = self._buttons[:4]
        self.copy_text, self.shade, self.copy, self.save = self._buttons[4:]
        self.shade_words = SecondaryLabel(whole=True)
        self.shade_words.setWordWrap(True)
        self.shade_words.hide()
        self.facts = Facts()
        self.hint = SecondaryLabel("Choose a sample to see what made it.")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._content = self._build()
        column((self.hint, 1), (self._content, 1), on=self)
        self._content.hide()

    def _build(self) -> QScrollArea:
        buttons = QGridLayout()
        buttons.setSpacing(8)
        # Of a picture there is no text: those buttons come last, where their absence leaves no gap.
        places = (0, 1, 2, 3, 6, 7, 4, 5)
        for place, button in zip(places, self._buttons, strict=True):
            buttons.addWidget(button, place // 2, place % 2)
        self.copy_text.hide()
        self.shade.hide()
        head = row((self.title, 1), top(self.star), top(self.trash), spacing=2)
        inner = column(self.view, self.shade_words, head, buttons, Gap(4), self.facts, Stretch(), margins=12)
        return scrolling(boxed(inner, plain=True))

    def clear(self) -> None:
        """Show that nothing is chosen."""
        self._content.hide()
        self.hint.show()
        self.view.set_tile(None)
        self.facts.set_facts([])

    def show_sample(
        self,
        batch: Batch,
        position: int,
        tile: Tile | None,
        selected: int,
        drawing: bool,
        shades: list[TokenShade] | str | None = None,
    ) -> None:
        """Show a sample.

        Args:
            batch: Its batch.
            position: Its position.
            tile: Its pixels (H, W, C) or its text; None while it has not come.
            selected: Number of samples that are selected; what can be done is done with all of them.
            drawing: Whether samples are being drawn, which drawing one again would end.
            shades: What is known of its tokens, or why nothing can be; None where the model says nothing of tokens.
        """
        document, path = batch.document, batch.document.request.interpolation
        self.view.set_tile(tile, shades if isinstance(shades, list) else ())
        self.shade.setVisible(shades is not None)
        self.shade_words.setText(shades if isinstance(shades, str) else _SHADES if shades else "")
        self.shade_words.setVisible(bool(shades))
        name = _shown(document.class_name(position))
        one = f"Class {name}" if name else f"Number {document.request.number(position)}"
        one += f", {path.shares[position]:.0%} of the way" if path is not None else ""
        if batch.together and document.spec is not None:
            one = number_of(document.request.count, document.spec.noun)
        self.title.setText(f"{selected:,} samples" if selected > 1 else one)
        starred = position in batch.starred
        can = self._can
        can.star.present(icon="star-filled" if starred else "star", tip="Take the star" if starred else "Star it")
        can.save.present(short=f"Save {selected:,}" if selected > 1 else "Save")
        can.again.set_ready(tile is not None and not drawing)
        can.complete.set_ready(tile is not None and not batch.together)
        can.interpolate.set_ready(selected == 2 and not batch.together)
        can.save.set_ready(tile is not None)
        can.copy_text.set_ready(isinstance(tile, str))
        self.copy_text.setVisible(isinstance(tile, str))
        shape = None if tile is None or isinstance(tile, str) else tile.shape
        self.facts.set_facts(sample_facts(batch, position, shape))
        self.hint.hide()
        self._content.show()
