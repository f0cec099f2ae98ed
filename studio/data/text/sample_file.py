"""Writes samples of text as lines or as JSON lines, and beside them the settings that make them again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy.typing as npt

from studio.core.modality import TextSpec
from studio.data.text.tokenizer import TextTokenizer
from studio.store.atomic import write_bytes
from studio.store.gallery import BatchDocument

__all__ = ["TextFiles", "TextFormat", "escaped", "unescaped"]

TextFormat = Literal["txt", "jsonl"]
_BLOCK = 1_000
_ESCAPED = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "r": "\r", "\\": "\\"}


def escaped(text: str) -> str:
    r"""A text on one line: breaks are written ``\n`` and ``\r``, and a backslash twice."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def unescaped(text: str) -> str:
    """What ``escaped`` made a line of."""
    return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[0]), text)


class TextFiles:
    """One file for a batch, a sample a line, and a file of settings that is called as it with ``.json`` behind.

    Args:
        spec: The tokenizer.
        format: What is written where the name of a file does not say so.
    """

    def __init__(self, spec: TextSpec, format: TextFormat = "txt") -> None:
        self._tokenizer = TextTokenizer(spec)
        self._format = format

    def names(self, name: str, batch: BatchDocument) -> list[str]:
        """Names of the files that a batch becomes."""
        lines = f"{name}-{batch.stem(0)}.{self._format}"
        return [lines, f"{lines}.json"]

    def name_of(self, name: str, batch: BatchDocument, position: int) -> str:
        """Name of the file of a sample by itself."""
        return f"{name}-{batch.stem(position)}.{self._format}"

    def save_one(self, path: Path, batch: BatchDocument, items: npt.NDArray[Any], settings: Mapping[str, Any]) -> None:
        """Write samples (N, L), and their settings beside them; JSON lines where the name ends so."""
        self._write(path, batch, items, settings, lambda *_: None)

    def save(
        self,
        folder: Path,
        name: str,
        batch: BatchDocument,
        samples: npt.NDArray[Any],
        settings: Callable[[int], Mapping[str, Any]],
        on_progress: Callable[[int, int], None] = lambda *_: None,
    ) -> Path:
        """Write a batch; returns the file of its lines."""
        path = folder / self.names(name, batch)[0]
        self._write(path, batch, samples, settings(0), on_progress)
        return path

    def overview(self, folder: Path, samples: npt.NDArray[Any]) -> Path:
        """Write the texts alone."""
        path = folder / "texts.txt"
        write_bytes(path, "".join(f"{escaped(text)}\n" for text in self._tokenizer.texts(samples)).encode())
        return path

    def _write(
        self,
        path: Path,
        batch: BatchDocument,
        samples: npt.NDArray[Any],
        settings: Mapping[str, Any],
        on_progress: Callable[[int, int], None],
    ) -> None:
        lines: list[str] = []
        as_json = path.suffix.lower() == ".jsonl"
        for first in range(0, len(samples), _BLOCK):
            for place, text in enumerate(self._tokenizer.texts(samples[first : first + _BLOCK]), start=first):
                lines.append(json.dumps(_record(text, batch, place), ensure_ascii=False) if as_json else escaped(text))
            on_progress(min(len(samples), first + _BLOCK), len(samples))
        document = {**settings, "count": len(samples), "labels": list(batch.request.labels)}
        if (source := batch.request.source) is not None and len(samples) > 1:
            document["source"] = source.to_json()
        write_bytes(path.with_name(f"{path.name}.json"), json.dumps(document, allow_nan=False, indent=1).encode())
        write_bytes(path, "".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))


def _record(text: str, batch: BatchDocument, position: int) -> dict[str, Any]:
    """A sample as an object: its text, its seed and number, and its class where the model has classes."""
    record: dict[str, Any] = {"text": text, "seed": batch.request.seed, "number": batch.request.number(position)}
    if name := batch.class_name(position):
        record["class"] = name
    return record
