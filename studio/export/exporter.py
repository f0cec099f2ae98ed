"""Exports a run: the best checkpoint becomes a model, a folder of ONNX files each complete in itself."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import onnx_ir as ir

from studio.core.certificate import UNSEALED, seal
from studio.core.errors import DataError, ModelError
from studio.core.manifest import MANIFEST_KEY, Manifest, Parity
from studio.core.settings import TrainSettings, build_settings
from studio.core.spec import Family
from studio.export.decoding import decoder_of, with_latent
from studio.export.graph import DECODED_OUTPUT, assemble
from studio.export.parity import measure_parity
from studio.export.part import PartExporter
from studio.hooks.loader import LoadedFamily, load_family
from studio.nn.sampler import Decoding, Program, Sampler, Transform
from studio.runtime.file import check_file
from studio.store.atomic import new_folder, write_bytes
from studio.store.model import ROLES, SAMPLE_FILE, Role, copies, write_manifest
from studio.store.run import RunDocument, read_run
from studio.store.switches import plugins_off
from studio.store.workspace import Workspace, new_id
from studio.train.answer import program_of, sampler_of
from studio.train.checkpoint import Checkpoint, CheckpointFolder
from studio.train.extensions import RunExtensions, load_extensions
from studio.train.trained import TrainedModel, averaged_weights

__all__ = ["ExportedModel", "export_run", "write_model_file"]

_STAGES = 2 + len(ROLES)
Progress = Callable[[str, int, int], None]


class ExportedModel:
    """An exported model.

    Attributes:
        folder: Its folder in the workspace.
        step: Step of the checkpoint that was taken.
        chosen: Why that one, in words.
        parity: Certificate by role.
        notes: What a person should know, such as a damaged checkpoint that was passed over.
    """

    def __init__(self, folder: Path, step: int, chosen: str, parity: dict[str, Parity], notes: list[str]) -> None:
        self.folder = folder
        self.step = step
        self.chosen = chosen
        self.parity = parity
        self.notes = notes


def write_model_file(model: ir.Model, manifest: Manifest, path: Path, certify: Callable[[Path], Parity]) -> Parity:
    """Write one file: first with the decoded output, to be certified, then without it, with its manifest.

    Args:
        model: The assembled model; loses its decoded output.
        manifest: The manifest; the certificate is put into it.
        path: The file.
        certify: Compares the first file with torch.

    Raises:
        ModelError: If the file would be too large for one file or is not sound.
    """
    model.metadata_props[MANIFEST_KEY] = manifest.model_dump_json()
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".parity-") as folder:
        trial = Path(folder) / "trial.onnx"
        write_bytes(trial, _serialize(model))
        parity = certify(trial)
    for output in [value for value in model.graph.outputs if value.name == DECODED_OUTPUT]:
        node = output.producer()
        model.graph.outputs.remove(output)
        if node is not None:
            model.graph.remove(node, safe=True)
    parity = parity.model_copy(update={"sha256": UNSEALED})
    model.metadata_props[MANIFEST_KEY] = _certified(manifest, parity).model_dump_json()
    data, digits = seal(_serialize(model))
    write_bytes(path, data)
    check_file(path)
    return parity.model_copy(update={"sha256": digits})


def _certified(manifest: Manifest, parity: Parity) -> Manifest:
    """The manifest as it goes into the file: with its certificate, and with classes only where the file takes them."""
    kinds = {entry.kind for entry in manifest.inputs}
    conditional = "label" in kinds
    return manifest.model_copy(
        update={
            "parity": parity,
            "condition": "sequence" if "source" in kinds else "class" if conditional else "none",
            "classes": manifest.classes if conditional else (),
        }
    )


def _serialize(model: ir.Model) -> bytes:
    try:
        proto = ir.serde.serialize_model(model)
        data = proto.SerializeToString()
        onnx.checker.check_model(data, full_check=True)
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"The exported graph is not sound or above 2 GB: {reason}") from error
    return data


def export_run(
    workspace: Workspace,
    folder: Path,
    output: Path | None = None,
    family: LoadedFamily | None = None,
    on_progress: Progress = lambda *_: None,
    force: bool = False,
) -> ExportedModel:
    """Export a run's best checkpoint into ``models/ID`` and, where asked, copy the files to another place.

    Beside the files lies ``manifest.json``, what ``sample.onnx`` says of itself, for whoever lists models without ONNX.

    Args:
        workspace: The workspace.
        folder: The run's folder.
        output: A file to copy ``sample.onnx`` to; the other files go beside it as ``NAME.encode.onnx`` and so on.
        family: The run's family; None to find it by the run's document.
        on_progress: Called with what is being done, steps done and steps in all.
        force: Replace files that are at that place already.

    Raises:
        ModelError: If there is no checkpoint, or the model cannot be written, or a file is there already.
        PluginError: If the family's plugin is not installed.
    """
    if output is not None:
        _check_place(output, force)
    run = read_run(folder)
    on_progress("loading", 0, _STAGES)
    checkpoints = CheckpointFolder(folder / "checkpoints")
    checkpoint = checkpoints.best()
    if checkpoint is None or checkpoint.step == 0:
        raise ModelError(f"The run '{run.name}' has not learned anything yet; train it first.")
    off = plugins_off(workspace.path)
    family = family or load_family(run.family, run.distribution, off)
    settings = build_settings(family.declared.settings, run.settings)
    extensions = load_extensions(build_settings(TrainSettings, run.train, "train."), off)
    trained, manifest = _describe(run, checkpoint, family.declared, settings, extensions)
    id = new_id(run.name)
    target = workspace.folder("models") / id
    manifest = manifest.model_copy(update={"model": id})
    parity: dict[str, Parity] = {}
    with new_folder(target) as unfinished:
        writer = _Writer(family, trained, manifest, unfinished)
        for number, role in enumerate(ROLES):
            if role == "sample" or role in family.plugin.abilities:
                on_progress(f"writing {role}.onnx", 1 + number, _STAGES)
                certificate = writer.write(role)
                if certificate is not None:
                    parity[role] = certificate
    on_progress("copying", _STAGES - 1, _STAGES)
    if output is not None:
        _copy(target, output)
    on_progress("done", _STAGES, _STAGES)
    chosen = _why_chosen(checkpoint, checkpoints, family.declared)
    return ExportedModel(target, checkpoint.step, chosen, parity, checkpoint.skipped)


def _why_chosen(checkpoint: Checkpoint, checkpoints: CheckpointFolder, family: Family) -> str:
    """Which checkpoint was taken, and why, as ``step 200 of 293, the best by validation (loss 0.12)``."""
    newest = checkpoints.newest()
    best = (newest.document.get("best") if newest is not None else None) or {}
    where = f"step {checkpoint.step:,} of {checkpoints.steps()[-1]:,}"
    if not best:
        return f"{where}, the newest; none was validated"
    value = f"{family.monitor[0]} {best['value']:.4g}"
    if best["step"] == checkpoint.step:
        rest = ", of those that can be read" if checkpoint.skipped else ""
        return f"{where}, the best by validation ({value}){rest}"
    return f"{where}; the best by validation, step {best['step']:,} ({value}), cannot be read"


def _describe(
    run: RunDocument, checkpoint: Checkpoint, family: Family, settings: Any, extensions: RunExtensions
) -> tuple[TrainedModel, Manifest]:
    if run.spec is None:
        raise DataError(f"The run '{run.name}' does not say what its items were; train it again.")
    trained = TrainedModel(family.id, settings, run.spec, averaged_weights(checkpoint), extensions=extensions)
    best = checkpoint.document.get("best") or {}
    manifest = Manifest(
        inputs=(),
        family=family.id,
        title=run.name,
        **run.spec.model_dump(include=set(Manifest.model_fields)),
        dataset=run.dataset_name,
        dataset_fingerprint=run.fingerprint,
        split=dict(run.splits),
        run=run.id,
        step=checkpoint.step,
        seconds=float(checkpoint.document.get("seconds", 0.0)),
        metrics=best.get("metrics", {}) if best.get("step") == checkpoint.step else {},
        licence=run.licence,
        settings=dict(run.settings),
    )
    return trained, manifest


class _Writer:
    """Writes the files of one model; the sampler first, for the decoder may be made of it.

    Args:
        family: The family.
        trained: The trained model.
        manifest: What is said of all files alike.
        folder: Where they go.
    """

    def __init__(self, family: LoadedFamily, trained: TrainedModel, manifest: Manifest, folder: Path) -> None:
        self._family = family
        self._trained = trained
        scores_tokens = False
        if "log_prob" in family.plugin.abilities:
            likelihood = program_of(family, "log_prob", trained)
            scores_tokens = isinstance(likelihood, Transform) and likelihood.by_token is not None
        self._manifest = manifest.model_copy(update={"token_log_prob": scores_tokens})
        self._folder = folder
        self._sampler: tuple[Sampler, onnx.ModelProto] | None = None
        self._parts = PartExporter()

    def write(self, role: Role) -> Parity | None:
        """Write the file of a role; returns its certificate, None where the family has none for such data."""
        assembled = self._assembled(role)
        if assembled is None:
            return None
        program, model = assembled
        described = self._manifest.model_copy(
            update={
                "role": role,
                "inputs": tuple(program.inputs),
                "output": program.output,
                "likelihood": program.likelihood if isinstance(program, Transform) else None,
            }
        )
        path = self._folder / f"{role}.onnx"
        parity = write_model_file(
            model, described, path, lambda trial: measure_parity(program, trial, self._trained.spec)
        )
        if path.name == SAMPLE_FILE:
            write_manifest(self._folder, _certified(described, parity))
        return parity

    def _assembled(self, role: Role) -> tuple[Program, ir.Model] | None:
        if role == "sample":
            sampler = sampler_of(self._family, self._trained)
            model = assemble(sampler, self._parts)
            self._sampler = sampler, ir.serde.serialize_model(model)
            return sampler, model
        program = program_of(self._family, role, self._trained)
        if program is None:
            return None
        if isinstance(program, Decoding):
            assert self._sampler is not None
            sampler, exported = self._sampler
            return decoder_of(sampler, program), with_latent(exported, sampler, program)
        return program, assemble(program, self._parts)


def _check_place(output: Path, force: bool) -> None:
    if output.is_dir():
        raise ModelError(f"{output} is a folder; give the name of a file ending in .onnx.")
    found = next((path for path in copies(output) if os.path.lexists(path)), None)
    if found is not None and not force:
        raise ModelError(f"{found} exists already; choose another name with -o, or replace it with --force.")


def _copy(model: Path, output: Path) -> None:
    """Copy a model's files to where the person wants them, each whole or not at all."""
    output.parent.mkdir(parents=True, exist_ok=True)
    for path in sorted(model.glob("*.onnx")):
        target = output if path.stem == "sample" else output.with_name(f"{output.stem}.{path.stem}.onnx")
        write_bytes(target, path.read_bytes())
