"""The verbs ``studio export`` and ``studio sample``."""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from pathlib import Path
from typing import Any, cast

import numpy as np

from studio.cli.terminal import Terminal
from studio.core.errors import ModelError, SettingsError
from studio.core.event import ExportDone, JobEvent
from studio.core.sampling import Manifest
from studio.core.settings import parse_assignments
from studio.data.picture import save_grid, save_sample
from studio.jobs.child import ChildJob
from studio.runtime.client import SamplerClient
from studio.store.run import find_run
from studio.store.workspace import Workspace
from studio.version import VERSION

__all__ = ["add_verbs", "export", "parity_sentence", "sample"]

_GRID = 256
_LARGEST = 1e300


def add_verbs(verbs: Any, common: argparse.ArgumentParser) -> None:
    """Add the verbs to the parser."""
    verb = verbs.add_parser("export", parents=[common], help="export a run's best checkpoint to ONNX")
    verb.add_argument("run", metavar="RUN", help="id or name")
    verb.add_argument("-o", "--output", type=Path, metavar="FILE.onnx", help="also copy the model there")
    verb.set_defaults(action=_export)
    verb = verbs.add_parser("sample", parents=[common], help="sample an exported file")
    verb.add_argument("file", type=Path, metavar="FILE.onnx")
    verb.add_argument("-n", "--count", type=int, default=64, help="number of samples")
    verb.add_argument("--seed", type=int, default=0, help="seed of the request")
    verb.add_argument("--start", type=int, default=0, help="number of the first sample: again by seed and number")
    verb.add_argument(
        "--label", metavar="K", help="class of all samples, by name or number; every class in turn if none"
    )
    verb.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="an input of the file")
    verb.add_argument("-o", "--output", type=Path, metavar="DIR", help="folder for the PNGs")
    verb.add_argument("--provider", choices=["auto", "cpu", "cuda"], default="auto", help="where to compute")
    verb.set_defaults(action=_sample)


def export(workspace: Workspace, run: Path, output: Path | None, terminal: Terminal) -> ExportDone:
    """Export in a process of its own; returns the exporter's last event."""
    where = ["-o", os.path.abspath(output)] if output is not None else []
    job = ChildJob(workspace, "studio.export", [str(workspace.path), str(run), *where])
    last: JobEvent | None = None
    for last in job.events():
        if last["event"] == "progress":
            terminal.progress("exporting", last["done"], last["total"], last["stage"])
    terminal.end_progress()
    return cast("ExportDone", last)


def _export(options: argparse.Namespace, terminal: Terminal) -> None:
    if options.output is not None and options.output.suffix != ".onnx":
        raise SettingsError(f"'{options.output}' must end in .onnx.")
    workspace = Workspace(options.workspace)
    folder, _ = find_run(workspace, options.run)
    done = export(workspace, folder, options.output, terminal)
    path = options.output or Path(done["folder"]) / "sample.onnx"
    worst = max(done["parity"].values(), key=lambda parity: parity["max_abs"])
    parity = {"max_abs": worst["max_abs"], "passed": all(entry["passed"] for entry in done["parity"].values())}
    for note in done["notes"]:
        terminal.say(note)
    document = {"model": str(path), "id": done["model"], "parity": parity, "files": done["parity"]}
    terminal.result(document, f"{path}: {parity_sentence(worst)}")


def parity_sentence(parity: dict[str, Any]) -> str:
    """How far a file is from torch, and whether that is too far."""
    text = f"differs from torch by at most {parity['max_abs']:.1e} before quantisation"
    if not parity["passed"]:
        text += f", MORE than the tolerance of {parity['tolerance']:.0e}; do not trust it before looking at samples"
    return text + "."


def _labels(manifest: Manifest, wanted: str | None, start: int, count: int) -> list[int]:
    """The class of each sample: the one asked for, or by its number every class in turn; empty without classes."""
    takes_label = any(entry.kind == "label" for entry in manifest.inputs)
    if wanted is None:
        classes = len(manifest.classes)
        return [number % classes for number in range(start, start + count)] if takes_label and classes else []
    if not takes_label:
        raise ModelError("This model was trained without classes; leave --label away.")
    if wanted in manifest.classes:
        return [manifest.classes.index(wanted)]
    try:
        return [int(wanted)]
    except ValueError:
        raise ModelError(f"There is no class '{wanted}'; the model has {', '.join(manifest.classes)}.") from None


def sample(
    file: Path,
    output: Path | None,
    terminal: Terminal,
    count: int = 64,
    seed: int = 0,
    start: int = 0,
    label: str | None = None,
    scalars: dict[str, Any] | None = None,
    provider: str = "auto",
) -> dict[str, Any]:
    """Sample a file through the sampler service into PNGs and a grid.

    Raises:
        ModelError: If the file or the request cannot be used.
    """
    with SamplerClient() as client, tempfile.TemporaryDirectory(prefix="studio-") as folder:
        path = file.absolute()
        manifest, _ = client.open(path, provider)
        labels = _labels(manifest, label, start, count)
        request = {"seed": seed, "start": start, "count": count, "labels": labels, "scalars": scalars or {}}
        rows = Path(folder) / "samples.npy"
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
        samples = np.load(rows)
        if samples.ndim != 4 or samples.dtype != np.uint8 or samples.shape[-1] not in (1, 3):
            raise ModelError(f"{file} gives {samples.dtype} {list(samples.shape[1:])}, not images.")
        target = output or Path(f"{file.stem}-samples")
        target.mkdir(parents=True, exist_ok=True)
        for index, image in enumerate(samples):
            settings = _settings(manifest, file, done["request"], labels, index)
            save_sample(target / f"{_name(manifest, file)}-{seed}-{start + index:06d}.png", image, settings)
            terminal.progress("writing", index + 1, count)
        grid = target / f"{_name(manifest, file)}-grid-{seed}.png"
        save_grid(grid, samples[:_GRID])
    return {
        "samples": count,
        "output": str(target),
        "grid": str(grid),
        "provider": done["provider"],
        "seconds": done["seconds"],
    }


def _name(manifest: Manifest, file: Path) -> str:
    """Beginning of the PNGs' names; the manifest is a stranger's, so no path is made of it."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", manifest.model)[:80] or file.stem


def _settings(manifest: Manifest, file: Path, request: dict[str, Any], labels: list[int], index: int) -> dict[str, Any]:
    """Everything that makes one sample again."""
    settings: dict[str, Any] = {
        "format": 1,
        "studio": VERSION,
        "model": manifest.model,
        "file": file.name,
        "title": manifest.title,
        "family": manifest.family,
        "seed": request["seed"],
        "index": request["start"] + index,
        "inputs": dict(request["scalars"]),
    }
    if labels:
        label = labels[0] if len(labels) == 1 else labels[index]
        settings["inputs"]["label"] = label
        settings["class"] = manifest.classes[label] if 0 <= label < len(manifest.classes) else "any"
    return settings


def _sample(options: argparse.Namespace, terminal: Terminal) -> None:
    scalars = parse_assignments(options.set)
    for name, value in scalars.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST:
            raise SettingsError(f"{name} = {value} is not a number.")
    document = sample(
        options.file,
        options.output,
        terminal,
        options.count,
        options.seed,
        options.start,
        options.label,
        scalars,
        options.provider,
    )
    rate = document["samples"] / max(document["seconds"], 1e-9)
    text = f"{document['samples']} samples in {document['output']}, {rate:.1f} a second on {document['provider']}."
    terminal.result(document, text)
