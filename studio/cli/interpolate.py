"""The verb ``studio interpolate``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from studio.cli.models import file_name
from studio.cli.terminal import Terminal
from studio.core.errors import DataError, ModelError, SettingsError
from studio.core.sampling import Manifest
from studio.data.known import read_known
from studio.data.picture import save_grid
from studio.runtime.request import labels_for

__all__ = ["add_verbs"]

_MOST = 1000


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser("interpolate", parents=[common], help="go from one picture to another through a model")
    verb.add_argument("file", type=Path, metavar="FILE.onnx", help="the model's file of samples")
    verb.add_argument("first", type=Path, metavar="FROM.png", help="a picture of the model's size")
    verb.add_argument("second", type=Path, metavar="TO.png", help="another")
    verb.add_argument("-n", "--count", type=int, default=9, help="pictures on the way, both ends included")
    verb.add_argument("--label", metavar="K", default="-1", help="class of all, by name or number; any if none")
    verb.add_argument("-o", "--output", type=Path, metavar="DIR", help="folder for the PNGs")
    verb.add_argument("--provider", choices=["auto", "cpu", "cuda"], default="auto", help="where to compute")
    verb.set_defaults(action=_interpolate)


def _interpolate(options: argparse.Namespace, terminal: Terminal) -> None:
    if not 2 <= options.count <= _MOST:
        raise SettingsError(f"count = {options.count} must be at least 2 and at most {_MOST:,}.")
    if not options.file.is_file():
        raise ModelError(f"{options.file} cannot be read: there is no such file.")
    # The command starts without the runtime; this verb alone runs a file in its own process.
    from studio.runtime.interpolation import Interpolation

    model = Interpolation(options.file, options.provider)
    manifest = model.manifest
    pair = np.stack([_read(path, manifest) for path in (options.first, options.second)])
    labels = labels_for(manifest, options.label, 0, 1) if options.label != "-1" or manifest.classes else [-1]
    items = model.run(pair, options.count, labels[0], lambda done, total: terminal.progress("decoding", done, total))
    terminal.end_progress()
    target = options.output or Path(f"{options.file.stem}-interpolation")
    target.mkdir(parents=True, exist_ok=True)
    name = file_name(manifest, options.file)
    for number, item in enumerate(items):
        save_grid(target / f"{name}-between-{number:03d}.png", item[None], gap=0)
    grid = target / f"{name}-between-grid.png"
    save_grid(grid, items, columns=min(options.count, 16))
    document = {"items": len(items), "output": str(target), "grid": str(grid), "provider": model.decoder.provider}
    terminal.result(document, f"{len(items)} pictures in {target}, all of them in {grid}.")


def _read(path: Path, manifest: Manifest) -> np.ndarray[Any, Any]:
    values = np.array(read_known(path, manifest.shape), np.int64)
    if values.min() < 0:
        raise DataError(f"{path} is transparent in part; give a picture that is opaque.")
    return values.astype(np.uint8).reshape(manifest.shape)
