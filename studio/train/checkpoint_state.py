"""Reads ``state.json`` of a checkpoint: whose it is, and whether its bytes are those that were written."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.core.errors import ModelError
from studio.store.atomic import read_document

__all__ = ["STATE_FILE", "CheckpointState", "hash_file", "hash_values", "read_state"]

STATE_FILE = "state.json"


class _Best(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    step: int = Field(ge=0)


class CheckpointState(BaseModel):
    """What of ``state.json`` is needed to trust the rest of it.

    Attributes:
        run: Id of the run; empty in checkpoints from before it was written.
        step: Steps done.
        finite: Whether every weight is finite.
        best: The step that validation liked best so far.
        sha256: Hash of each file by its name without the ending, and of this document's other values as
            ``state.json``; that one is missing in checkpoints from before it was written.
    """

    model_config = ConfigDict(extra="ignore", strict=True)

    run: str = ""
    step: int = Field(ge=0)
    finite: bool
    best: _Best | None = None
    sha256: dict[str, str]


def hash_file(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_values(document: Mapping[str, Any]) -> str:
    """The sha256 of a document's values, all but the hashes, in hexadecimal."""
    # Through JSON and back, so that it is the same before it is written and after it is read.
    values = json.loads(json.dumps({key: value for key, value in document.items() if key != "sha256"}))
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def read_state(folder: Path, run: str, step: int) -> tuple[CheckpointState, dict[str, Any]]:
    """Read ``state.json`` of a checkpoint, as what it must hold and as it is.

    Args:
        folder: The checkpoint's folder.
        run: Id of the run that it lies in.
        step: Step that its folder is named for.

    Raises:
        ModelError: If it is damaged, or another run's or step's.
        WorkspaceError: If it belongs to a newer studio, or is a link.
    """
    path = folder / STATE_FILE
    if not os.path.lexists(path):
        raise ModelError(f"The checkpoint {folder} is damaged: {STATE_FILE} is missing.")
    document = read_document(path)
    try:
        state = CheckpointState.model_validate(document)
    except ValidationError as error:
        name = ".".join(map(str, error.errors()[0]["loc"]))
        raise ModelError(f"The checkpoint {folder} is damaged: '{name}' of {STATE_FILE} makes no sense.") from None
    if state.step != step:
        raise ModelError(f"The checkpoint {folder} is damaged: it is that of step {state.step}, renamed or copied.")
    if state.run not in ("", run):
        raise ModelError(f"The checkpoint {folder} belongs to the run '{state.run}' and was copied here.")
    if state.sha256.get(STATE_FILE, "") not in ("", hash_values(document)):
        raise ModelError(f"The checkpoint {folder} is damaged: {STATE_FILE} was changed after it was written.")
    return state, document
