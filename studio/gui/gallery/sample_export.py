"""Takes kept samples elsewhere: their settings to the clipboard, the samples into files."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from studio.core.errors import explain
from studio.desk.sample_store import Sample
from studio.desk.saving import file_name, save_samples
from studio.gui.dialog import ask_for_folder, ask_where_to_save
from studio.gui.notice import Notice
from studio.gui.page import PageContext
from studio.runtime.record import sample_settings
from studio.store.gallery import BatchDocument

__all__ = ["SampleExport"]

_AT_ONCE = 200
_MOST_COPIED = 10_000  # some megabytes, which other programs still take


def _settings_text(wanted: list[tuple[BatchDocument, int]]) -> str:
    """What made some samples, as JSON."""
    settings = [sample_settings(document, position) for document, position in wanted]
    return json.dumps(settings[0] if len(settings) == 1 else settings, indent=1)


class SampleExport(QObject):
    """Copies what made samples, and saves them as pictures.

    Args:
        context: The page's.
        notice: Where it is said why something went wrong.
        parent: The page.
    """

    def __init__(self, context: PageContext, notice: Notice, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._notice = notice
        self._over = parent

    def copy_settings(self, samples: list[Sample]) -> None:
        """Copy what made samples, as JSON; that of many is put together in a thread."""
        if len(samples) > _MOST_COPIED:
            self._context.toasts.say(
                f"{len(samples):,} samples are too many to copy; select {_MOST_COPIED:,} or fewer, or save them.",
                kind="warning",
            )
            return
        wanted = [(batch.document, position) for batch, position in samples]
        if len(wanted) <= _AT_ONCE:
            self._copy(_settings_text(wanted), len(wanted))
        else:
            count = len(wanted)
            self._context.bridge.run(self, lambda: _settings_text(wanted), lambda text: self._copy(text, count))

    def copy_texts(self, texts: list[str]) -> None:
        """Copy the texts of samples, a blank line between two."""
        QGuiApplication.clipboard().setText("\n\n".join(texts))
        self._context.toasts.say("Copied the text." if len(texts) == 1 else f"Copied {len(texts):,} texts.")

    def _copy(self, text: str, count: int) -> None:
        QGuiApplication.clipboard().setText(text)
        self._context.toasts.say("Copied the settings." if count == 1 else f"Copied {count:,} settings.")

    def ask_where_to_save(self, samples: list[Sample]) -> None:
        """Let the person choose where samples are saved."""

        def save(target: Path) -> None:
            self.save(samples, target)

        if len(samples) == 1:
            batch, position = samples[0]
            name = file_name(batch.document, position)
            ending = name.rpartition(".")[2]
            ask_where_to_save(self._over, "Save the sample", name, f"{ending.upper()} (*.{ending})", save)
        else:
            ask_for_folder(self._over, "Save the samples", save, Path.home())

    def save(self, samples: list[Sample], target: Path) -> None:
        """Save samples with what made them, into a folder or one as a file."""
        wanted = [
            (batch.document, batch.samples, position) for batch, position in samples if position < batch.num_ready
        ]

        def saved(count: int) -> None:
            self._context.toasts.say(f"Saved {count:,} sample{'' if count == 1 else 's'} to {target.name}.")

        def failed(error: Exception) -> None:
            self._notice.set("bad", f"The samples could not be saved: {explain(error)}")

        self._context.bridge.run(self, lambda: save_samples(wanted, target), saved, failed)
