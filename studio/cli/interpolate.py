"""The verb ``studio interpolate``."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from studio.cli.drawing import file_name
from studio.cli.target import add_force, refuse_existing
from studio.cli.terminal import Terminal
from studio.core.errors import DataError, ModelError, SettingsError
from studio.core.interpolation import has_way
from studio.core.manifest import Manifest
from studio.core.modality import TextSpec
from studio.core.request import labels_for
from studio.data.image.known import read_known
from studio.data.image.sample_file import read_sample_settings, save_grid, save_sample
from studio.data.text.known import read_text_items
from studio.data.text.sample_file import escaped
from studio.runtime.record import SampleSettings, describe_batch, interpolation_request, read_settings, sample_settings
from studio.store.atomic import write_bytes

__all__ = ["add_verbs"]

_MOST = 1000
Items = npt.NDArray[Any]


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verb to the parser."""
    verb = verbs.add_parser(
        "interpolate",
        parents=[common],
        help="go from one picture or text to another through a model",
        description="Two PNGs that 'studio sample' or the gallery saved are joined by their noise; any others, and "
        "texts, by the model's encode.onnx and decode.onnx, which models of the families vae and flow have, and of "
        "diffusion those of pictures.",
    )
    verb.add_argument("file", type=Path, metavar="FILE.onnx", help="the model's file of samples")
    verb.add_argument(
        "first", metavar="FROM", help="a PNG: a sample of the model, or a picture of its size; or a text of your own"
    )
    verb.add_argument("second", metavar="TO", help="the same for the other end")
    verb.add_argument("-n", "--count", type=int, default=9, help="items on the way, both ends included; 9 if none")
    verb.add_argument(
        "--label", metavar="K", help="class of all; if none, of samples that of the nearer one, of other pictures any"
    )
    verb.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="DIR",
        help="folder for the PNGs, FILE-interpolation if none; texts are printed if none",
    )
    add_force(verb)
    verb.add_argument("--provider", choices=["auto", "cpu", "cuda"], default="auto", help="where to compute")
    verb.set_defaults(action=_interpolate)


def _interpolate(options: argparse.Namespace, terminal: Terminal) -> None:
    if not 2 <= options.count <= _MOST:
        raise SettingsError(f"count = {options.count} must be at least 2 and at most {_MOST:,}.")
    if not options.file.is_file():
        raise ModelError(f"{options.file} cannot be read: there is no such file.")
    # The command starts without the runtime; this verb alone runs a file in its own process.
    from studio.runtime.model import OnnxModel

    model = OnnxModel(options.file, options.provider)
    if model.manifest.role != "sample":
        raise ModelError(
            f"{options.file} draws no samples; give the model's file of samples, beside which this one lies."
        )
    if isinstance(model.manifest.spec, TextSpec):
        _between_texts(options, terminal, model.manifest, model.manifest.spec)
        return
    if model.manifest.modality != "image":
        raise ModelError(
            f"{options.file} draws {model.manifest.modality}s; there is a way between pictures, and between texts."
        )
    options.first, options.second = Path(options.first), Path(options.second)
    target = options.output or Path(f"{options.file.stem}-interpolation")
    name = file_name(model.manifest, options.file)
    paths = [target / f"{name}-between-{number:03d}.png" for number in range(options.count)]
    grid = target / f"{name}-between-grid.png"
    refuse_existing([*paths, grid], options.force)
    ends = [_settings_of(path) for path in (options.first, options.second)]
    first, second = ends
    if first is not None and second is not None and _by_noise(model.manifest, first, second, options.file):
        items, carried = _between_samples(options, terminal, model, first, second)
    else:
        items, carried = _between_pictures(options, terminal, model.manifest), []
    terminal.end_progress()
    target.mkdir(parents=True, exist_ok=True)
    for number, (path, item) in enumerate(zip(paths, items, strict=True)):
        if carried:
            save_sample(path, item, carried[number])
        else:
            save_grid(path, item[None], gap=0)
    save_grid(grid, items, columns=min(options.count, 16))
    way = "noise" if carried else "encoder"
    document = {"items": len(items), "output": str(target), "grid": str(grid), "by": way, "provider": model.provider}
    how = "by the noise of the two samples" if carried else "through the model's encoder"
    terminal.result(document, f"{len(items)} pictures in {target}, {how}, all of them in {grid}.")


def _between_texts(options: argparse.Namespace, terminal: Terminal, manifest: Manifest, spec: TextSpec) -> None:
    from studio.data.text.tokenizer import TextTokenizer
    from studio.runtime.interpolation import Interpolation

    target = options.output and options.output / f"{file_name(manifest, options.file)}-between.txt"
    if target:
        refuse_existing([target], options.force)
    pair = read_text_items((options.first, options.second), ("The first text", "The second text"), spec)
    labels = labels_for(manifest, options.label, 0, 1) if options.label is not None else [-1]
    items = Interpolation(options.file, options.provider).run(
        pair, options.count, labels[0], lambda done, total: terminal.progress("decoding", done, total)
    )
    terminal.end_progress()
    texts = TextTokenizer(spec).texts(items)
    lines = "".join(f"{escaped(text)}\n" for text in texts)
    if target:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(target, lines.encode())
    words = f"{len(texts)} texts in {target}, through the model's encoder." if target else lines.rstrip("\n")
    terminal.result({"texts": texts, "output": target and str(target), "by": "encoder"}, words)


def _settings_of(path: Path) -> SampleSettings | None:
    """What made a picture, where it says so; None for any other."""
    if not path.is_file():
        raise DataError(f"{path} cannot be read: there is no such file.")
    try:
        return read_settings(read_sample_settings(path))
    except DataError:
        return None


def _by_noise(manifest: Manifest, first: SampleSettings, second: SampleSettings, file: Path) -> bool:
    """Whether the way goes by the noise of two samples: where they are the model's own, or nothing encodes them."""
    from studio.store.model import sibling

    own = bool(manifest.model) and all(end.model == manifest.model for end in (first, second))
    encoded = sibling(file, "encode") is not None
    if encoded and not (own and has_way(manifest)):
        return False
    for end in (first, second):
        if end.model != manifest.model:
            by = end.model or end.file
            raise ModelError(f"A picture was drawn by '{by}', not by this model, which encodes none.")
    try:
        interpolation_request(first, second, 2)
    except ModelError:
        if not encoded:
            raise
        return False
    return True


def _between_samples(
    options: argparse.Namespace, terminal: Terminal, model: Any, first: SampleSettings, second: SampleSettings
) -> tuple[Items, list[dict[str, Any]]]:
    from studio.runtime.sampling import Sampling

    request = interpolation_request(first, second, options.count)
    if options.label is not None:
        labels = labels_for(model.manifest, options.label, 0, options.count)
        request = request.model_copy(update={"labels": tuple(labels)})
    begun, made = time.perf_counter(), []

    def deliver(done: int, samples: Items) -> None:
        made.append(samples)
        terminal.progress("sampling", done + len(samples), options.count)

    sampling = Sampling(model, request)
    sampling.run(deliver)
    seconds = time.perf_counter() - begun
    batch = describe_batch(model.manifest, str(options.file), sampling.request, model.provider, seconds)
    return np.concatenate(made), [sample_settings(batch, position) for position in range(options.count)]


def _between_pictures(options: argparse.Namespace, terminal: Terminal, manifest: Manifest) -> Items:
    from studio.runtime.interpolation import Interpolation

    model = Interpolation(options.file, options.provider)
    pair = np.stack([_read(path, manifest) for path in (options.first, options.second)])
    labels = labels_for(manifest, options.label, 0, 1) if options.label is not None else [-1]
    return model.run(pair, options.count, labels[0], lambda done, total: terminal.progress("decoding", done, total))


def _read(path: Path, manifest: Manifest) -> Items:
    values = read_known(path, manifest.shape).values
    if values.min() < 0:
        raise DataError(f"{path} is transparent in part; give a picture that is opaque.")
    return values.astype(np.uint8)
