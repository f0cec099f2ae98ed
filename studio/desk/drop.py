"""Decides what files that are dropped are to the studio."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["Dropped", "classify"]

_SAMPLE_MARK = b"studio.sample\0"


# Beside samples that are rows or texts lies a file of settings, called as they are with ``.json`` behind.
_SAVED = (".csv", ".parquet", ".txt", ".jsonl")
# The studio writes the settings before the pixels; a program that packed the file again may have put them behind.
_HOVER_BYTES = 64 * 2**10


_DROP_BYTES = 4 * 2**20


@dataclass(frozen=True)
class Dropped:
    """Files over the window.

    Attributes:
        kind: What they are to the studio.
        words: What will happen, or why nothing will.
        paths: The files.
    """

    kind: Literal["data", "model", "settings", "plugin", "refused"]
    words: str
    paths: tuple[Path, ...] = ()


def _is_sample(path: Path, most: int) -> bool:
    try:
        if not path.is_file():
            return False  # to open a pipe would wait for its writer
        with open(path, "rb", buffering=0) as file:
            return _SAMPLE_MARK in file.read(most)
    except OSError:
        return False


def classify(paths: list[Path], remote: bool = False, hovering: bool = False) -> Dropped:
    """Decide what files are to the studio.

    Args:
        paths: Local files and folders.
        remote: Whether something of elsewhere was among what was dropped.
        hovering: Whether they are still held; as little as can be is read of them then, for the window and whoever
            drags wait for it.
    """
    if not paths:
        why = "This is not a file on this machine; save it to a folder first, then drop the file"
        return Dropped("refused", why if remote else "There is no file in what was dropped")
    names = [path.name or str(path) for path in paths]
    endings = {path.suffix.lower() for path in paths}
    if endings == {".onnx"}:
        if len(paths) > 1:
            return Dropped("refused", "Open one model at a time")
        return Dropped("model", f"Open the model '{names[0]}'", tuple(paths))
    if ".whl" in endings:
        if len(paths) > 1:
            return Dropped("refused", "Install one plugin at a time")
        return Dropped("plugin", f"See what the plugin '{names[0]}' would install", tuple(paths))
    most = _HOVER_BYTES if hovering else _DROP_BYTES
    if len(paths) == 1 and endings == {".png"} and _is_sample(paths[0], most):
        return Dropped("settings", f"Restore the settings that made '{names[0]}'", tuple(paths))
    if len(paths) == 1 and endings == {".json"} and Path(paths[0].stem).suffix.lower() in _SAVED:
        return Dropped("settings", f"Restore the settings in '{names[0]}'", tuple(paths))
    if len(paths) == 1:
        what = f"the folder '{names[0]}'" if not hovering and paths[0].is_dir() else f"'{names[0]}'"
        return Dropped("data", f"Add {what} as a data set", tuple(paths))
    return Dropped("data", f"Add {len(paths):,} files and folders as a data set", tuple(paths))
