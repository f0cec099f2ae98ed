"""Writes and reads checkpoints: safetensors and JSON with a sha256 for each, a folder renamed into place.

Nothing is pickled. A checkpoint whose bytes do not match its document is refused, and the one before it is taken.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from studio.core.errors import DamagedDocumentError, ForeignEntryError, ModelError, WorkspaceError, explain
from studio.store.atomic import new_folder, write_document
from studio.store.inside import check_file, check_folder, is_own_folder
from studio.train.checkpoint_state import STATE_FILE, CheckpointState, hash_file, hash_values, read_state

__all__ = ["Checkpoint", "CheckpointFolder", "pack_optimizer", "unpack_optimizer"]

_GROUPS = ("modules", "averaged", "optimizers", "random", "state")


@dataclass
class Checkpoint:
    """Everything a training goes on from.

    Attributes:
        step: Steps done.
        tensors: Tensors by group and name.
        document: JSON values: phases, budget, progress, the non-tensor parts of the groups.
        finite: Whether every weight is finite.
        name: Name of its folder, where it was read from one.
    """

    step: int
    tensors: dict[str, dict[str, Tensor]]
    document: dict[str, Any]
    finite: bool = True
    name: str = ""
    skipped: list[str] = field(default_factory=list)


def pack_optimizer(name: str, optimizer: torch.optim.Optimizer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """An optimizer's state as tensors and JSON values."""
    state = optimizer.state_dict()
    tensors: dict[str, Tensor] = {}
    values: dict[str, Any] = {}
    for index, entries in state["state"].items():
        for key, value in entries.items():
            if isinstance(value, Tensor):
                tensors[f"{name}/{index}/{key}"] = value
            else:
                values[f"{index}/{key}"] = value
    groups = [{key: value for key, value in group.items() if key != "params"} for group in state["param_groups"]]
    return tensors, {"values": values, "groups": groups}


def unpack_optimizer(
    name: str, optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor], document: Mapping[str, Any]
) -> None:
    """Put a packed state back into an optimizer over the same parameters."""
    state: dict[int, dict[str, Any]] = {}
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for path, value in tensors.items():
        owner, index, key = path.rsplit("/", 2)
        if owner == name:
            parameter = parameters[int(index)]
            if value.shape == parameter.shape:
                # In the memory format of its parameter, so that the next update takes the same path to the bit.
                value = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
            state.setdefault(int(index), {})[key] = value
    for path, plain in document["values"].items():
        index, key = path.split("/", 1)
        state.setdefault(int(index), {})[key] = plain
    current = optimizer.state_dict()
    groups = []
    for group, saved in zip(current["param_groups"], document["groups"], strict=True):
        typed = {key: tuple(value) if isinstance(group.get(key), tuple) else value for key, value in saved.items()}
        groups.append({**group, **typed})
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def _separate(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Contiguous tensors on the CPU, each in storage of its own, as safetensors wants them (tied weights are not)."""
    seen: set[int] = set()
    result = {}
    for key, value in tensors.items():
        value = value.detach().cpu().contiguous()
        storage = value.untyped_storage().data_ptr()
        result[key] = value.clone() if storage in seen else value
        seen.add(storage)
    return result


class CheckpointFolder:
    """The folder ``checkpoints`` of a run; every method refuses a link in its place with a ``ForeignEntryError``.

    Args:
        path: The folder; the one it lies in has the id of the run as its name.
        keep: Newest checkpoints to keep, beside the best and the last finite one.
    """

    def __init__(self, path: Path, keep: int = 2) -> None:
        self.path = path
        self.keep = keep
        self._run = path.parent.name

    def steps(self) -> list[int]:
        """Steps of the checkpoints that lie there whole, ascending."""
        check_folder(self.path)
        found = (re.fullmatch(r"step-(0|[1-9]\d{0,15})", entry.name) for entry in self.path.iterdir())
        return sorted(int(match[1]) for match in found if match and is_own_folder(self.path / match[0]))

    def save(self, checkpoint: Checkpoint) -> str:
        """Write a checkpoint, whole or not at all, and remove those that need not be kept.

        Returns:
            Name of its folder.

        Raises:
            OSError: If the disk is full or fails; older checkpoints are untouched.
        """
        name = f"step-{checkpoint.step}"
        target = self.path / name
        for step in self.steps():
            if step >= checkpoint.step:
                # A training comes to a step again only where what lies there could not be read; it must not count as
                # the newest any more, and is kept for whoever wants to look.
                aside = f"damaged-{step}-{secrets.token_hex(3)}"
                (self.path / f"step-{step}").rename(self.path / aside)
        with new_folder(target) as folder:
            hashes = {}
            for group in _GROUPS:
                tensors = _separate(checkpoint.tensors[group])
                try:
                    save_file(tensors, folder / f"{group}.safetensors")
                except OSError:
                    raise
                except Exception as error:
                    # safetensors wraps the system's errors in its own; the message keeps their number.
                    raise OSError(28 if "os error 28" in str(error) else 5, str(error)) from None
                hashes[group] = hash_file(folder / f"{group}.safetensors")
            document = {"run": self._run, "step": checkpoint.step, "finite": checkpoint.finite, **checkpoint.document}
            hashes[STATE_FILE] = hash_values(document)
            write_document(folder / STATE_FILE, {**document, "sha256": hashes})
        self._prune()
        return name

    def _state(self, step: int) -> CheckpointState | None:
        """The state of a step; None where it cannot be trusted."""
        try:
            return read_state(self.path / f"step-{step}", self._run, step)[0]
        except (ModelError, WorkspaceError):
            return None

    def _prune(self) -> None:
        steps = self.steps()
        kept = set(steps[-self.keep :])
        states = {step: state for step in steps if (state := self._state(step)) is not None}
        kept.update([step for step, state in states.items() if state.finite][-1:])
        if states and (best := states[max(states)].best) is not None:
            kept.add(best.step)
        for step in set(steps) - kept:
            # Renamed first, so that a kill midway leaves nothing that looks whole.
            doomed = self.path / f".step-{step}.tmp"
            (self.path / f"step-{step}").rename(doomed)
            shutil.rmtree(doomed, ignore_errors=True)

    def load(self, step: int) -> Checkpoint:
        """Read one checkpoint.

        Raises:
            ModelError: If it is damaged, or another run's or step's.
            WorkspaceError: If it belongs to a newer studio, or a link stands where one of its files belongs.
        """
        folder = self.path / f"step-{step}"
        check_folder(folder)
        state, document = read_state(folder, self._run, step)
        tensors = {}
        for group in _GROUPS:
            path = folder / f"{group}.safetensors"
            try:
                check_file(path)
                if hash_file(path) != state.sha256.get(group):
                    raise ModelError(
                        f"The checkpoint {folder} is damaged: {path.name} was changed after it was written."
                    )
                tensors[group] = load_file(path)
            except (ForeignEntryError, ModelError, MemoryError):
                raise
            except OSError as error:
                if not isinstance(error, FileNotFoundError):
                    # A disk or limit that fails now says nothing about the checkpoint.
                    raise
                raise ModelError(f"The checkpoint {folder} is damaged: {path.name} is missing.") from None
            except Exception as error:
                raise ModelError(f"The checkpoint {folder} is damaged: {path.name}: {explain(error)}.") from None
        return Checkpoint(step, tensors, document, state.finite, folder.name)

    def newest(self, finite: bool = False) -> Checkpoint | None:
        """The newest checkpoint that can be read; those skipped are named in it.

        Args:
            finite: Skip those whose weights are not finite.

        Raises:
            ModelError: If there are some but all are damaged.
            WorkspaceError: If one belongs to a newer studio.
            OSError: If the disk fails.
        """
        skipped: list[str] = []
        for step in reversed(self.steps()):
            try:
                checkpoint = self.load(step)
            except (ModelError, DamagedDocumentError, ForeignEntryError) as error:
                skipped.append(str(error))
                continue
            if checkpoint.finite or not finite:
                checkpoint.skipped = skipped
                return checkpoint
        if skipped:
            raise ModelError(f"No checkpoint in {self.path} can be read: {skipped[0]}")
        return None

    def best(self) -> Checkpoint | None:
        """The checkpoint that validation liked best; the newest finite one where it was never measured."""
        newest = self.newest()
        if newest is None:
            return None
        best = newest.document.get("best")
        if best is not None and int(best["step"]) in self.steps():
            try:
                found = self.load(int(best["step"]))
                found.skipped = newest.skipped
                return found
            except (ModelError, DamagedDocumentError, ForeignEntryError) as error:
                newest.skipped.append(str(error))
        return newest if newest.finite else self.newest(finite=True)
