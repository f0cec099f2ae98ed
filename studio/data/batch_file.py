"""Writes a batch of samples as one file, and beside it the settings that make them again."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt

from studio.store.atomic import write_bytes
from studio.store.gallery import BatchDocument

__all__ = ["BatchFile", "Progress"]

Progress = Callable[[int, int], None]


class BatchFile(ABC):
    """One file for a batch, and a file of settings that is called as it with ``.json`` behind.

    Args:
        ending: Ending of the file's name, where nobody chose another.
    """

    def __init__(self, ending: str) -> None:
        self._ending = ending

    @abstractmethod
    def content(self, ending: str, batch: BatchDocument, samples: npt.NDArray[Any], on_progress: Progress) -> bytes:
        """The samples (N, ...) as the file of an ending, such as ``.csv``."""

    def names(self, name: str, batch: BatchDocument) -> list[str]:
        """Names of the files that a batch becomes."""
        first = f"{name}-{batch.stem(0)}.{self._ending}"
        return [first, f"{first}.json"]

    def name_of(self, name: str, batch: BatchDocument, position: int) -> str:
        """Name of the file that a sample becomes; of samples that are shown together that of all."""
        together = batch.spec is not None and batch.spec.together
        return f"{name}-{batch.stem(0 if together else position)}.{self._ending}"

    def save_one(self, path: Path, batch: BatchDocument, items: npt.NDArray[Any], settings: Mapping[str, Any]) -> None:
        """Write samples (N, ...), in the format that the name of the file says, and their settings beside them."""
        self._write(path, batch, items, settings, lambda *_: None)

    def save(
        self,
        folder: Path,
        name: str,
        batch: BatchDocument,
        samples: npt.NDArray[Any],
        settings: Callable[[int], Mapping[str, Any]],
        on_progress: Progress = lambda *_: None,
    ) -> Path:
        """Write a batch; returns its file."""
        path = folder / self.names(name, batch)[0]
        self._write(path, batch, samples, settings(0), on_progress)
        return path

    def _write(
        self,
        path: Path,
        batch: BatchDocument,
        samples: npt.NDArray[Any],
        settings: Mapping[str, Any],
        on_progress: Progress,
    ) -> None:
        data = self.content(path.suffix.lower(), batch, samples, on_progress)
        document = {**settings, "count": len(samples), "labels": list(batch.request.labels)}
        if (source := batch.request.source) is not None and len(samples) > 1:
            document["source"] = source.to_json()
        write_bytes(path.with_name(f"{path.name}.json"), json.dumps(document, allow_nan=False, indent=1).encode())
        write_bytes(path, data)
