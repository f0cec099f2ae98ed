"""The field in which a person says how the texts begin, or writes a text with gaps."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QWidget

from studio.core.known_values import KnownValues
from studio.core.modality import TextSpec
from studio.data.text.known import known_text, read_known_text
from studio.data.text.sample_file import unescaped
from studio.gui.layout import row
from studio.gui.widgets import IconButton, LineEdit

__all__ = ["KnownText"]

_WIDTH = 320


class KnownText(QWidget):
    """How the samples begin; without a word, everything is free.

    Args:
        spec: The tokenizer and the length.
    """

    def __init__(self, spec: TextSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shape: tuple[int, ...] = spec.shape
        self._spec = spec
        # What was said in tokens, until the person writes something else.
        self._said: tuple[str, KnownValues] | None = None
        self.edit = LineEdit("How the texts begin", "In the beginning ___ the earth")
        self.edit.setFixedWidth(_WIDTH)
        self.clear = IconButton("close", "Complete nothing")
        self.clear.clicked.connect(lambda: self.set_known(None))
        row(self.edit, self.clear, on=self, spacing=4)
        self.setFocusProxy(self.edit)
        self.edit.textChanged.connect(lambda text: self.clear.setVisible(bool(text)))
        self.clear.hide()

    def set_known(self, known: KnownValues | None, keep: str = "all") -> None:
        """Take what is known of a text, or nothing.

        Args:
            known: Tokens (L,), -1 where one is free.
            keep: ``all``, or ``top`` for its first half.
        """
        if known is None:
            self._said = None
            self.edit.clear()
            return
        tokens = known.shaped(self.shape).values.copy()
        if keep == "top":
            length = int(self._spec.lengths(tokens[None])[0])
            tokens[(length + 1) // 2 :] = -1
        kept = KnownValues(tokens)
        words = known_text(kept, self._spec)
        self._said = words, kept
        self.edit.setText(words)

    def state(self) -> tuple[KnownValues | None, str]:
        """What ``set_known`` took, as it stands now; nothing where it cannot be read."""
        text = self.edit.text()
        if self._said is not None and self._said[0] == text:
            return self._said[1], "all"
        return None, "all"

    def value(self) -> KnownValues | None:
        """What the model is told; None where nothing is known.

        Raises:
            SettingsError: If the text is longer than the model can hold, or cannot be one.
        """
        text = self.edit.text()
        if not text:
            return None
        if self._said is not None and self._said[0] == text:
            return self._said[1] if np.any(self._said[1].known) else None
        return read_known_text(unescaped(text), self._spec)
