"""Writes samples of text as lines or as JSON lines."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Literal

import numpy.typing as npt

from studio.core.modality import TextSpec
from studio.data.batch_file import BatchFile, Progress
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


class TextFiles(BatchFile):
    """A sample a line, or JSON lines.

    Args:
        spec: The tokenizer.
        format: What is written where the name of a file does not say so.
    """

    def __init__(self, spec: TextSpec, format: TextFormat = "txt") -> None:
        super().__init__(format)
        self._tokenizer = TextTokenizer(spec)

    def overview(self, folder: Path, samples: npt.NDArray[Any]) -> Path:
        """Write the texts alone."""
        path = folder / "texts.txt"
        write_bytes(path, "".join(f"{escaped(text)}\n" for text in self._tokenizer.texts(samples)).encode())
        return path

    def content(self, ending: str, batch: BatchDocument, samples: npt.NDArray[Any], on_progress: Progress) -> bytes:
        """Texts (N, L) as lines of UTF-8."""
        lines: list[str] = []
        for first in range(0, len(samples), _BLOCK):
            for place, text in enumerate(self._tokenizer.texts(samples[first : first + _BLOCK]), start=first):
                record = _record(text, batch, place)
                lines.append(json.dumps(record, ensure_ascii=False) if ending == ".jsonl" else escaped(text))
            on_progress(min(len(samples), first + _BLOCK), len(samples))
        return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _record(text: str, batch: BatchDocument, position: int) -> dict[str, Any]:
    """A sample as an object: its text, its seed and number, and its class where the model has classes."""
    record: dict[str, Any] = {"text": text, "seed": batch.request.seed, "number": batch.request.number(position)}
    if name := batch.class_name(position):
        record["class"] = name
    return record
