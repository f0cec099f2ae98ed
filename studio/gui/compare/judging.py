"""Has models judged by a data set, in a process of its own, and says what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.core.words import number_of
from studio.desk.context import Kind
from studio.desk.job import Cancelled, Failed, Finished, FollowedJob, JobReport, Progressed
from studio.desk.subject import Subject
from studio.gui.layout import column
from studio.gui.notice import Notice, ProgressRow
from studio.gui.page import PageContext
from studio.jobs.child import ChildJob
from studio.store.model import SAMPLE_FILE

__all__ = ["Judging"]

_PATIENCE_S = 3.0


class Judging(QWidget):
    """Progress, cancel and the outcome of the judge's job; one at a time.

    Signals:
        changed: A job has begun or ended; reports may be there that were not.
    """

    changed = Signal()

    def __init__(self, context: PageContext) -> None:
        super().__init__()
        self._workspace = context.workspace
        self._crossing = context.bridge.worker(self).receiver
        self._job: FollowedJob | None = None
        self._count = 0
        self.progress = ProgressRow()
        self.progress.cancelled.connect(self._on_cancel)
        self.progress.hide()
        self.notice = Notice(closable=True)
        column(self.progress, self.notice, on=self)

    @property
    def running(self) -> bool:
        """Whether the judge is at work."""
        return self._job is not None

    def judge(self, subjects: Sequence[Subject], dataset: str, arguments: Sequence[str] = ()) -> None:
        """Judge models.

        Args:
            subjects: The models.
            dataset: Id of the data set to judge by.
            arguments: Further words for the judge, such as ``--samples 500``.
        """
        if self._job is not None or not subjects:
            return
        workspace = self._workspace
        words = [str(workspace.path), dataset, *(str(subject.folder / SAMPLE_FILE) for subject in subjects)]
        job = FollowedJob(
            lambda: ChildJob(workspace, "studio.evaluate", [*words, *arguments]), self._on_event, self._crossing
        )
        self._job, self._count = job, len(subjects)
        self.notice.hide()
        self.progress.show_progress("starting", 0, 0)
        self.progress.show()
        job.start()
        self.changed.emit()

    def closing(self) -> None:
        """End the job; nothing half-written is left behind."""
        if self._job is not None:
            self._job.cancel()
            self._job.wait(_PATIENCE_S)

    def _on_cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _on_event(self, event: JobReport) -> None:
        match event:
            case Progressed(stage, done, total):
                self.progress.show_progress(stage, done, total)
            case Finished(result):
                self._on_finished(result)
            case Failed(text):
                self._end()
                self.notice.set("bad", text)
            case Cancelled():
                self._end()

    def _on_finished(self, result: Mapping[str, Any]) -> None:
        told = [f"{entry['measure']}, {entry['features']}: {entry['verdict']}." for entry in result["comparisons"]]
        self._end()
        text = f"Evaluated {number_of(self._count, 'model')}."
        kind: Kind = "warning" if result["notes"] else "good"
        self.notice.set(kind, " ".join([text, *map(str, result["notes"])]), "\n".join(told))

    def _end(self) -> None:
        self._job = None
        self.progress.hide()
        self.changed.emit()
