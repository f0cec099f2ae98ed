"""A model as it lies in the workspace: exported files, and beside them what they say of themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from pydantic import ValidationError

from studio.core.certificate import check_certificate
from studio.core.errors import DataError, WorkspaceError
from studio.core.manifest import MANIFEST_FORMAT, Manifest
from studio.store.atomic import read_document, write_document
from studio.store.entry import foreign_rows, read_entry
from studio.store.inside import check_file, check_folder
from studio.store.workspace import Workspace

__all__ = [
    "MANIFEST_FILE",
    "ROLES",
    "SAMPLE_FILE",
    "Role",
    "check_model",
    "copies",
    "list_models",
    "model_created",
    "read_manifest",
    "remove_model",
    "sibling",
    "write_manifest",
]

MANIFEST_FILE = "manifest.json"
SAMPLE_FILE = "sample.onnx"
_CHECKED = "checked"
Role = Literal["sample", "encode", "decode", "log_prob"]
ROLES: tuple[Role, ...] = get_args(Role)


def copies(output: Path) -> list[Path]:
    """Where a model's files go when it is copied to a file of samples: the others stand beside it, by their role."""
    others = (f"{output.stem}.{role}.onnx" for role in ROLES if role != "sample")
    return [output, *(output.with_name(name) for name in others)]


def sibling(sample: Path, role: str) -> Path | None:
    """The file of another role that belongs to a file of samples, in a model's folder or copied elsewhere."""
    path = sample.with_name(f"{role}.onnx" if sample.stem == "sample" else f"{sample.stem}.{role}.onnx")
    return path if path.is_file() else None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``manifest.json`` into a model's folder: what its ``sample.onnx`` says, readable without ONNX.

    Raises:
        ForeignEntryError: If the folder is a link.
        OSError: If it cannot be written.
    """
    check_folder(folder)
    document = {
        key: value for key, value in manifest.model_dump(mode="json").items() if key not in ("format", "edited")
    }
    document[_CHECKED] = _state_of(folder / SAMPLE_FILE)
    write_document(folder / MANIFEST_FILE, document, MANIFEST_FORMAT)


def _state_of(path: Path) -> list[int] | None:
    """Size and time of a file, which tell cheaply that it is the one that was looked at; None where it is gone."""
    try:
        found = path.stat(follow_symlinks=False)
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns]


def read_manifest(folder: Path) -> Manifest:
    """Read ``manifest.json`` of a model's folder; the certificate counts only where the file is the certified one.

    Raises:
        ForeignEntryError: If the folder, or a file in it, is a link.
        WorkspaceError: If it is missing, damaged or newer.
    """
    check_model(folder)
    path = folder / MANIFEST_FILE
    if not path.exists() and (folder / SAMPLE_FILE).exists():
        raise WorkspaceError(f"The model {folder.name} has no {MANIFEST_FILE}; open its {SAMPLE_FILE} once to read it.")
    document = read_document(path, MANIFEST_FORMAT)
    try:
        manifest = Manifest.model_validate({"format": MANIFEST_FORMAT, **document, "edited": False})
    except ValidationError:
        raise WorkspaceError(f"{path} is damaged; open the model's {SAMPLE_FILE} once to write it again.") from None
    sample = folder / SAMPLE_FILE
    state = _state_of(sample)
    if state is None or (manifest.parity is not None and manifest.parity.sha256 and state == document.get(_CHECKED)):
        return manifest
    try:
        return check_certificate(sample, manifest)
    except (OSError, ValueError):
        return manifest.model_copy(update={"parity": None, "edited": True})


def check_model(folder: Path) -> None:
    """Check that a model's folder and its files are the workspace's own.

    Raises:
        ForeignEntryError: If one of them is a link.
    """
    check_folder(folder)
    for model in folder.glob("*.onnx"):
        check_file(model)


def model_created(folder: Path) -> float:
    """When a model was exported, seconds since 1970; 0 where its file is gone."""
    try:
        return (folder / SAMPLE_FILE).stat(follow_symlinks=False).st_mtime
    except OSError:
        return 0.0


def list_models(workspace: Workspace) -> list[tuple[Path, Manifest | WorkspaceError]]:
    """Every model of the workspace, oldest first; those that cannot be listed yet come with what to do."""
    rows: list[tuple[Path, Manifest | WorkspaceError]] = [*foreign_rows(workspace, "models")]
    folders = sorted(workspace.entries("models"), key=model_created)
    return rows + [(folder, read_entry(folder, read_manifest)) for folder in folders]


def remove_model(workspace: Workspace, model: str) -> Path:
    """Move a model to the trash; a damaged one too. Returns its new place.

    Raises:
        DataError: If it is not there.
    """
    for folder in [*workspace.entries("models"), *workspace.foreign_entries("models")]:
        if folder.name == model:
            return workspace.throw_away(folder)
    raise DataError(f"There is no model '{model}' in {workspace.path}.")
