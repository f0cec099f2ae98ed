"""The rows that a model learned from are found by their fingerprint."""

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.core.manifest import Manifest
from studio.core.modality import TableSpec
from studio.desk.snapshot import DatasetRow
from studio.desk.training_rows import dataset_of, read_training_rows
from studio.store.atomic import new_folder
from studio.store.dataset import DatasetDocument, write_dataset_document


@pytest.fixture
def dataset(workspace):
    """A thousand rows of one number, their own, of which every fourth is held out."""
    splits = (np.arange(1000) % 4 == 3).astype(np.uint8)
    with new_folder(workspace.folder("datasets") / "d") as folder:
        np.save(folder / "items.npy", np.arange(1000, dtype=np.float32)[:, None])
        np.save(folder / "labels.npy", np.full(1000, -1, np.int64))
        np.save(folder / "splits.npy", splits)
        spec = TableSpec(shape=(1,), columns=("x",))
        document = DatasetDocument(id="d", name="d", spec=spec, count=1000, fingerprint="print")
        write_dataset_document(folder, document)
    return DatasetRow(workspace.folder("datasets") / "d", document)


def test_the_data_set_is_found_by_its_fingerprint(dataset, tmp_path):
    broken = DatasetRow(tmp_path, None, "damaged")
    assert dataset_of(Manifest(inputs=(), dataset_fingerprint="print"), [broken, dataset]) == dataset.folder
    assert dataset_of(Manifest(inputs=(), dataset_fingerprint="other"), [broken, dataset]) is None
    # A model that says nothing of its data learned from none that is here.
    assert dataset_of(Manifest(inputs=()), [dataset]) is None


def test_training_rows_are_spread_over_all_of_them(dataset):
    every = read_training_rows(dataset.folder, 10_000)
    assert every.shape == (750, 1)
    assert not (every[:, 0] % 4 == 3).any()
    some = read_training_rows(dataset.folder, 100)
    assert some.shape == (100, 1)
    assert (some[0, 0], some[-1, 0]) == (0, 998)


def test_a_damaged_data_set_is_said(dataset):
    (dataset.folder / "items.npy").write_bytes(b"")
    with pytest.raises(DataError, match="damaged"):
        read_training_rows(dataset.folder, 10)
