"""Turns what the person wants of a model into requests: samples, one again, others like it, a picture's."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from studio.core.errors import StudioError, explain
from studio.core.known_values import KnownValues
from studio.core.modality import ImageSpec, TableSpec, TextSpec
from studio.core.noise import MAX_SEED
from studio.core.request import SampleRequest, check_request
from studio.data.image.known import read_known
from studio.data.text.known import read_source_lines, read_source_texts
from studio.desk.batch_drawing import BatchDrawing, Comparison
from studio.desk.context import Desk, Notice, Signal
from studio.desk.model_library import ModelChoice, ModelLibrary
from studio.desk.sample_store import Batch, Sample, SampleStore
from studio.runtime.record import SampleSettings, interpolation_request, read_settings, sample_settings

__all__ = ["RequestForm", "SampleRequests"]

_GONE = "The model of this sample is not here any more; open its file to draw it again."
_NOT_COMPLETED = "The chosen model completes nothing; choose an autoregressive or a diffusion model."


class RequestForm(Protocol):
    """Where the person sets what is wanted of a model."""

    @property
    def num_samples(self) -> int:
        """How many samples are wanted."""

    @property
    def known_shape(self) -> tuple[int, ...] | None:
        """Shape of what the model can complete; None where it completes nothing."""

    def request(self) -> SampleRequest:
        """What is asked for.

        Raises:
            ModelError: If the model has no such class.
        """

    def after_sample(self) -> None:
        """Prepare the next request."""

    def set_known(self, known: KnownValues | None, keep: str = "all") -> None:
        """Say what is known of the samples, and which part of it is kept."""

    def set_request(self, request: SampleRequest) -> None:
        """Set everything."""


class SampleRequests:
    """Everything that can be asked of the models.

    Args:
        desk: The page's.
        form: What the person has set.
        notice: Where it is said why something cannot be done.
        samples: The kept samples.
        drawing: What answers.
        library: The models.

    Attributes:
        chosen: The model whose controls are shown; None for none.
        ready: Whether the kept samples have been read.

    Signals:
        placed: A new batch is to stand before the others.
        model_wanted: A model is to be chosen, by its file.
        found: Batch and position of a kept sample that is to be shown.
        file_wanted: The person is to be asked for a model's file.
    """

    def __init__(
        self,
        desk: Desk,
        form: RequestForm,
        notice: Notice,
        samples: SampleStore,
        drawing: BatchDrawing,
        library: ModelLibrary,
    ) -> None:
        self.placed = Signal[Batch]()
        self.model_wanted = Signal[Path]()
        self.found = Signal[Batch, int]()
        self.file_wanted = Signal[()]()
        self.chosen: ModelChoice | None = None
        self.ready = False
        self._desk = desk
        self._form = form
        self._notice = notice
        self._samples = samples
        self._drawing = drawing
        self._library = library
        self._pending: SampleSettings | None = None
        drawing.compared.connect(self._on_compared)

    def sample(self) -> None:
        """Draw what the controls ask for."""
        choice = self.chosen
        if choice is None or choice.manifest is None:
            return
        try:
            request = self._form.request()
        except StudioError as error:
            self._notice.set("bad", str(error))
            return
        if self._draw(choice, request):
            self._form.after_sample()

    def again(self, batch: Batch, position: int) -> None:
        """Draw a kept sample again, alone, and say whether it is the same."""
        if self._drawing.current is not None or self.refuse_when_read_only():
            return
        choice, file = self._library.of_batch(batch.document), Path(batch.document.file)
        if choice is None and not file.is_absolute():
            self._notice.set("warning", _GONE, button="Open file", on_click=self.file_wanted.emit)
            return
        self._drawing.again(choice.path if choice is not None else file, batch, position)

    def vary(self, batch: Batch, position: int) -> None:
        """Draw others with the settings of a kept sample and the next seed."""
        document = batch.document
        choice = self._library.of_batch(document)
        if choice is None or choice.manifest is None:
            self._notice.set("warning", _GONE, button="Open file", on_click=self.file_wanted.emit)
            return
        seed, count = (document.request.seed + 1) % (MAX_SEED + 1), self._form.num_samples
        others = {"seed": seed, "start": 0, "count": count, "interpolation": None}
        alike = document.request if batch.together else document.request.only(position)
        if len(alike.labels) > 1:
            # Every class in turn, as many as there were.
            alike = alike.model_copy(
                update={"labels": tuple(alike.labels[n % len(alike.labels)] for n in range(count))}
            )
        request = alike.model_copy(update=others)
        if self.chosen is not None and choice.path == self.chosen.path:
            self._form.set_request(request)
        self._draw(choice, request)

    def interpolate(self, first: Sample, second: Sample) -> None:
        """Draw the way between two kept samples, as many as the controls say."""
        choice = self._library.of_batch(first[0].document)
        if choice is None or choice.manifest is None:
            self._notice.set("warning", _GONE, button="Open file", on_click=self.file_wanted.emit)
            return
        if first[0].model != second[0].model:
            self._notice.set("warning", "The two samples are of different models; choose two of one model.")
            return
        try:
            ends = [read_settings(sample_settings(batch.document, position)) for batch, position in (first, second)]
            request = interpolation_request(ends[0], ends[1], max(2, self._form.num_samples))
        except StudioError as error:
            self._notice.set("warning", str(error))
            return
        self._draw(choice, request)

    def complete(self, batch: Batch, position: int) -> None:
        """Offer a sample to be completed by the chosen model, until the person says more about what is kept.

        Of a picture the upper half is kept, of a text the first, of a row every cell.
        """
        sample, shape = self._samples.sample(batch, position), self._form.known_shape
        if sample is None:
            return
        spec = batch.document.spec
        chosen = self.chosen.manifest.spec if self.chosen is not None and self.chosen.manifest is not None else None
        if shape is None:
            self._notice.set("warning", _NOT_COMPLETED)
        elif isinstance(spec, TableSpec) and (not isinstance(chosen, TableSpec) or not _same_cells(spec, chosen)):
            self._notice.set("warning", "The chosen model draws rows of other columns; choose one of these.")
        elif isinstance(chosen, TextSpec) and isinstance(spec, TextSpec) and chosen.tokenizer != spec.tokenizer:
            self._notice.set("warning", "The chosen model has other tokens; choose one of the same data set.")
        elif isinstance(chosen, TextSpec) != isinstance(spec, TextSpec):
            self._notice.set("warning", "The chosen model completes items of another kind; choose one of this kind.")
        elif sample.shape != shape:
            size, wanted = (ImageSpec(shape=each).size for each in (sample.shape, shape))
            self._notice.set("warning", f"The sample is {size}; the chosen model completes pictures of {wanted}.")
        else:
            self._form.set_known(KnownValues(sample), "top")
            self._notice.hide()

    def restore(self, settings: SampleSettings) -> None:
        """Set every control as a picture says, and show its sample, as soon as its model is known."""
        self._pending = settings
        self.retry()

    def retry(self) -> None:
        """Look again whether a picture that waits can be restored now."""
        settings = self._pending
        if settings is None:
            return
        choice = self._library.find(settings.model, settings.file)
        if choice is None:
            name = f"'{settings.title or settings.model or settings.file or 'unknown'}'"
            text = f"The model that made these samples, {name}, is not in this workspace; open its file to restore it."
            self._notice.set("warning", text, button="Open file", on_click=self.file_wanted.emit)
            return
        if choice.manifest is None or not self.ready:
            if self.chosen is None or self.chosen.path != choice.path:
                self.model_wanted.emit(choice.path)
            return
        self._pending = None
        try:
            check_request(choice.manifest, settings.request)
        except StudioError as error:
            self._notice.set("bad", str(error))
            return
        self._notice.hide()
        self.model_wanted.emit(choice.path)
        self._form.set_request(settings.request)
        if settings.request.interpolation is not None:
            self._desk.messages.say("This sample lies between two others; the controls are those of the near one.")
        kept = self._kept(choice, settings)
        if kept is None:
            self._draw(choice, settings.request)
        else:
            self.found.emit(*kept)
            self.again(*kept)

    def refuse_when_read_only(self) -> bool:
        """Say so where nothing can be kept."""
        if self._desk.read_only:
            self._notice.set("warning", "This workspace cannot be written to; samples and stars cannot be kept.")
        return self._desk.read_only

    def _draw(self, choice: ModelChoice, request: SampleRequest) -> bool:
        if choice.manifest is None or self.refuse_when_read_only():
            return False
        try:
            batch = self._drawing.draw(choice.manifest, choice.path, request)
        except StudioError as error:
            self._notice.set("bad", str(error))
            return False
        if batch is None:
            return False
        self._notice.hide()
        self.placed.emit(batch)
        return True

    def _kept(self, choice: ModelChoice, settings: SampleSettings) -> tuple[Batch, int] | None:
        """The kept sample that settings describe."""
        for batch in self._samples.batches:
            position = batch.document.position(settings.request)
            if batch.model != choice.key or position is None:
                continue
            if position < batch.num_ready and position not in batch.hidden:
                return batch, position
        return None

    def complete_picture(self, path: Path) -> None:
        """Complete a picture of the person's, as far as the chosen model can."""
        shape = self._form.known_shape
        if shape is None:
            return

        def then(values: KnownValues) -> None:
            self._notice.hide()
            if self._form.known_shape == shape:
                self._form.set_known(values)

        def failed(error: Exception) -> None:
            self._notice.set("bad", str(error) if isinstance(error, StudioError) else explain(error))

        self._desk.worker.run(lambda: read_known(path, shape), then, failed)

    def translate_file(self, path: Path) -> None:
        """Translate every line of a file with the chosen model, in their order."""
        choice = self.chosen
        spec = choice.manifest.spec if choice is not None and choice.manifest is not None else None
        if choice is None or not isinstance(spec, TextSpec):
            return

        def then(sources: KnownValues) -> None:
            try:
                request = self._form.request()
            except StudioError as error:
                self._notice.set("bad", str(error))
                return
            each = {"source": sources, "count": len(sources.values), "start": 0}
            if self.chosen is choice and self._draw(choice, request.model_copy(update=each)):
                self._form.after_sample()

        def failed(error: Exception) -> None:
            self._notice.set("bad", str(error) if isinstance(error, StudioError) else explain(error))

        self._desk.worker.run(lambda: read_source_texts(read_source_lines(path), spec, lines=True), then, failed)

    def _on_compared(self, result: Comparison) -> None:
        say, together = self._desk.messages.say, result.batch.together
        if result.differing == 0:
            words = "the first row is equal in every number" if together else "equal in every pixel"
            say(f"Drawn again, alone: {words}.", kind="good")
        elif result.differing < 0:
            say("The kept sample cannot be read, so it cannot be compared.", kind="bad")
        else:
            values = f"{result.differing:,} value{'' if result.differing == 1 else 's'}"
            most = f"{result.largest:.3g}" if together else f"{result.largest:.0f} of 255"
            say(f"Drawn again, alone: {values} differ, by at most {most}.", kind="warning")


def _same_cells(one: TableSpec, other: TableSpec) -> bool:
    """Whether a cell of one table says the same in another."""

    def says(spec: TableSpec) -> list[tuple[object, ...]]:
        return [(column.name, column.kind, column.categories, column.origin) for column in spec.columns]

    return says(one) == says(other)
