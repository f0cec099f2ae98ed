"""A data set as it lies in the workspace: its document and where its arrays are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.core.bounded import Count, Moment, Name, Text
from studio.core.errors import DataError, WorkspaceError
from studio.core.modality import AnySpec, Modality
from studio.core.words import one_line
from studio.store.atomic import read_document, write_document
from studio.store.entry import find_entry, list_entries
from studio.store.inside import check_file, check_folder
from studio.store.run import LIVE, RunDocument, list_runs, read_status
from studio.store.workspace import Workspace

__all__ = [
    "SPLITS",
    "DatasetDocument",
    "find_dataset",
    "list_datasets",
    "read_dataset_document",
    "remove_dataset",
    "write_dataset_document",
]

SPLITS = ("train", "validation", "test")
# What each item is made from, where items have a source.
SOURCES = "sources.npy"
_FILES = ("items.npy", "labels.npy", "splits.npy", "rejects.csv", SOURCES)


class DatasetDocument(BaseModel):
    """The document ``spec.json`` of a data set.

    Attributes:
        id: Name of its folder.
        name: Name given by the person.
        spec: What its items have in common.
        count: Number of items.
        rejected: Number of files that were refused; ``rejects.csv`` lists them.
        splits: Number of items in each split.
        class_counts: Number of items of each class, in the order of the classes.
        fit: How items were brought to size.
        fingerprint: sha256 over items, labels and splits, in hexadecimal.
        created: Time of the import, seconds since 1970.
        licence: Licence note, where the source has one.
        notes: What to know of the import, such as which columns of a table were left out.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Name
    name: Name
    spec: AnySpec
    count: Count
    rejected: Count = 0
    splits: Mapping[Name, Count] = Field(default_factory=dict)
    class_counts: tuple[Count, ...] = ()
    fit: Name = "crop"
    fingerprint: Name = ""
    created: Moment = 0.0
    licence: Text = ""
    notes: tuple[Text, ...] = ()


def write_dataset_document(folder: Path, document: DatasetDocument) -> None:
    """Write ``spec.json`` into a data set's folder, which may be no link."""
    check_folder(folder)
    write_document(folder / "spec.json", document.model_dump(mode="json"))


def read_dataset_document(folder: Path) -> DatasetDocument:
    """Read ``spec.json`` of a data set's folder.

    Raises:
        ForeignEntryError: If the folder, or a file in it, is a link.
        WorkspaceError: If it is damaged or newer.
    """
    check_folder(folder)
    for name in _FILES:
        check_file(folder / name)
    raw: dict[str, Any] = read_document(folder / "spec.json")
    try:
        return DatasetDocument.model_validate(raw)
    except ValidationError:
        spec = raw.get("spec")
        modality = spec.get("modality") if isinstance(spec, dict) else None
        if isinstance(modality, str) and modality not in get_args(Modality):
            raise WorkspaceError(
                f"{folder / 'spec.json'} holds {one_line(modality)[:40]} data, which this studio does not know; "
                "a newer one may."
            ) from None
        raise WorkspaceError(f"{folder / 'spec.json'} is damaged; remove the data set and add it again.") from None


def list_datasets(workspace: Workspace) -> list[tuple[Path, DatasetDocument | WorkspaceError]]:
    """Every data set of the workspace, oldest first, damaged ones before them with their error."""
    return list_entries(workspace, "datasets", read_dataset_document)


def find_dataset(workspace: Workspace, name: str) -> tuple[Path, DatasetDocument]:
    """Find a data set by its id, or by its name when only one has it.

    Raises:
        DataError: If there is none, or several have the name.
        WorkspaceError: If it is damaged.
    """
    rows = list_datasets(workspace)
    known = ", ".join(document.name for _, document in rows if isinstance(document, DatasetDocument))
    advice = f"there are {known}" if known else "there are none yet, add one with 'studio data add PATH'"
    return find_entry(rows, name, "data set", advice, workspace.path)


def remove_dataset(workspace: Workspace, name: str) -> Path:
    """Move a data set to the trash; a damaged one too, one that a run trains on not.

    Raises:
        DataError: If it is not there, or a run needs it.
    """
    listed = [*workspace.entries("datasets"), *workspace.foreign_entries("datasets")]
    folder = next((folder for folder in listed if folder.name == name), None) or find_dataset(workspace, name)[0]
    for run, document in list_runs(workspace):
        needs = isinstance(document, RunDocument) and document.dataset == folder.name
        if needs and read_status(run).state in LIVE:
            raise DataError(f"The run {run.name} trains on '{name}'; stop it first with 'studio runs stop {run.name}'.")
    return workspace.throw_away(folder)
