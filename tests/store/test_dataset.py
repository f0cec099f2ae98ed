"""Data sets in the workspace: listed, found, removed."""

import os

import pytest

from studio.core.errors import DataError, WorkspaceError
from studio.core.modality import ImageSpec
from studio.store.atomic import write_document
from studio.store.dataset import (
    DatasetDocument,
    find_dataset,
    list_datasets,
    remove_dataset,
    write_dataset_document,
)


@pytest.fixture
def make_dataset(workspace):
    """Make a data set's folder and document."""

    def make(id, name):
        folder = workspace.folder("datasets") / id
        folder.mkdir()
        document = DatasetDocument(
            id=id, name=name, spec=ImageSpec(shape=(2, 3, 1), classes=("a", "b")), count=4, splits={"train": 4}
        )
        write_dataset_document(folder, document)
        return folder, document

    return make


def test_round_trip(workspace, make_dataset):
    folder, document = make_dataset("d-1", "digits")
    assert find_dataset(workspace, "d-1") == (folder, document)
    assert find_dataset(workspace, "digits") == (folder, document)


def test_none_yet(workspace):
    with pytest.raises(DataError, match=r"There is no data set 'x' in .*; there are none yet, add one with 'studio "):
        find_dataset(workspace, "x")


def test_an_unknown_name_lists_the_known(workspace, make_dataset):
    make_dataset("d-1", "digits")
    make_dataset("f-1", "faces")
    with pytest.raises(DataError, match=r"There is no data set 'x' in .*; there are digits, faces\."):
        find_dataset(workspace, "x")


def test_an_ambiguous_name(workspace, make_dataset):
    make_dataset("d-1", "digits")
    make_dataset("d-2", "digits")
    with pytest.raises(DataError, match="Several data sets are called 'digits'; name one by its id: d-1, d-2"):
        find_dataset(workspace, "digits")
    with pytest.raises(DataError, match="Several"):
        remove_dataset(workspace, "digits")
    assert find_dataset(workspace, "d-2")[1].id == "d-2"


@pytest.mark.parametrize(
    "data", [b"", b'{"format": 1}', b'{"format": 1, "id": "d-1", "name": "x", "spec": 1, "count": 1}']
)
def test_a_damaged_one_is_listed_and_can_be_removed(workspace, make_dataset, data):
    folder, _ = make_dataset("d-1", "digits")
    make_dataset("f-1", "faces")
    (folder / "spec.json").write_bytes(data)
    rows = dict(list_datasets(workspace))
    assert isinstance(rows[folder], WorkspaceError)
    assert len(rows) == 2
    with pytest.raises(WorkspaceError, match="is damaged"):
        find_dataset(workspace, "d-1")
    assert find_dataset(workspace, "faces")[1].name == "faces"
    assert (remove_dataset(workspace, "d-1") / "spec.json").read_bytes() == data
    assert len(list_datasets(workspace)) == 1


def test_a_newer_one_is_refused(workspace, make_dataset):
    folder, _ = make_dataset("d-1", "digits")
    write_document(folder / "spec.json", {}, version=9)
    with pytest.raises(WorkspaceError, match="newer studio"):
        find_dataset(workspace, "d-1")


def test_remove_by_name(workspace, make_dataset):
    folder, _ = make_dataset("d-1", "digits")
    place = remove_dataset(workspace, "digits")
    assert place.parent == workspace.folder("trash")
    assert not folder.exists()


@pytest.mark.parametrize("name", ["", "..", "../runs", "/"])
def test_nothing_but_a_data_set_is_removed(workspace, make_dataset, name):
    make_dataset("d-1", "digits")
    with pytest.raises(DataError):
        remove_dataset(workspace, name)
    assert os.listdir(workspace.folder("trash")) == []
