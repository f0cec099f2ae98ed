"""Draws samples of a file through the sampler service, and writes the files that people use."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from studio.cli.known import Known
from studio.cli.sources import Sources
from studio.cli.target import refuse_existing
from studio.cli.terminal import Terminal
from studio.core.manifest import Manifest
from studio.core.request import SampleRequest, labels_for
from studio.data.sample_file import SampleFormat, check_samples, sample_file
from studio.runtime.client import SamplerClient
from studio.runtime.record import describe_batch, sample_settings
from studio.store.gallery import BatchDocument

__all__ = ["draw", "file_name", "save_batch"]


def draw(
    file: Path,
    rows: Path,
    terminal: Terminal,
    wanted: SampleRequest,
    label: str | None,
    provider: str = "auto",
    known: Known = Known(),  # noqa: B008 - it is frozen
    sources: Sources = Sources(),  # noqa: B008 - it is frozen
    on_opened: Callable[[Manifest], None] = lambda _: None,
) -> tuple[Manifest, BatchDocument]:
    """Sample a file through the sampler service into an array.

    Args:
        file: The exported file.
        rows: Where the array goes, ``.npy``.
        terminal: Told of the progress.
        wanted: The request; its labels are filled in from ``label``.
        label: Class of all samples, by name or number; None for every class in turn, or any where a picture is
            completed.
        provider: ``auto``, ``cpu`` or ``cuda``.
        known: What is known of every sample.
        sources: What the samples are made from.
        on_opened: Called before anything is drawn; may refuse.

    Returns:
        What the file says of itself, and what makes the samples again.

    Raises:
        ModelError: If the file or the request cannot be used.
    """
    with SamplerClient() as client:
        path = file.absolute()
        manifest, _ = client.open(path, provider)
        on_opened(manifest)
        if manifest.edited:
            terminal.say(f"{file} was changed after it was certified: its samples need not be what torch gave.")
        # What is known of an item tells its class better than its place in a row.
        in_turn = label is None and not known
        labels = labels_for(manifest, label, wanted.start, wanted.count) if in_turn or label is not None else []
        given = known.read(manifest, file)
        told = {"labels": tuple(labels), "given": given, "source": sources.read(manifest, file)}
        request = wanted.model_copy(update=told).model_dump(mode="json")
        done: dict[str, Any] = {}
        id = 0
        try:
            for event in client.sample(path, request, rows, provider):
                if event["event"] == "started":
                    id = event["id"]
                elif event["event"] == "progress":
                    terminal.progress("sampling", event["done"], event["total"])
                done = event
        except KeyboardInterrupt:
            client.cancel(id)
            raise
        terminal.end_progress()
    answered = SampleRequest.model_validate(done["request"])
    check_samples(manifest.spec, np.load(rows, mmap_mode="r"), str(file))
    return manifest, describe_batch(manifest, str(path), answered, done["provider"], done["seconds"])


def save_batch(
    samples: np.ndarray[Any, Any],
    batch: BatchDocument,
    name: str,
    target: Path,
    terminal: Terminal,
    force: bool = False,
    format: SampleFormat | None = None,
) -> Path:
    """Write the files of a batch, with its settings, into a folder; returns the file to look at.

    Raises:
        DataError: If one of them is there already and ``force`` is not set; none is written then.
    """
    files = sample_file(batch.spec, format)
    refuse_existing((target / each for each in files.names(name, batch)), force)
    target.mkdir(parents=True, exist_ok=True)
    return files.save(
        target,
        name,
        batch,
        samples,
        lambda position: sample_settings(batch, position),
        lambda done, total: terminal.progress("writing", done, total),
    )


def file_name(manifest: Manifest, file: Path) -> str:
    """Beginning of the names of the files of samples; the manifest is a stranger's, so no path is made of it."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", manifest.model)[:80] or file.stem
