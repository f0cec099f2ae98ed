"""Which reader an import gets, by what its source is."""

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.data.array import ArrayPart
from studio.data.image.arrays import ArrayImport
from studio.data.image.files import FileImport
from studio.data.reader import reader_of
from studio.data.request import ImportRequest
from studio.data.source import Arrays, Files, TableFile
from studio.data.table.reader import TableImport


def arrays(shape):
    return Arrays("a", [ArrayPart("a", shape, np.dtype(np.uint8), lambda: None, None, 0)])


@pytest.fixture
def csv_file(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    return TableFile("t", tmp_path / "t.csv")


@pytest.fixture
def read(workspace):
    """The reader of a source that must hold a modality, where one is named."""
    made = []

    def make(source, modality=None, table=None):
        request = ImportRequest(workspace=workspace, paths=("p",), modality=modality, table=table or {})
        made.append(reader_of(source, request, lambda *_: None))
        return made[-1]

    yield make
    for reader in made:
        reader.close()


def test_each_source_has_its_reader(read, csv_file):
    assert isinstance(read(arrays((3, 4, 4))), ArrayImport)
    assert isinstance(read(arrays((3, 4))), TableImport)
    assert isinstance(read(csv_file), TableImport)
    assert isinstance(read(Files("f", ["a.png"], [], False, [])), FileImport)


def test_columns_are_asked_of_tables_only(read):
    with pytest.raises(DataError, match=r"^a holds image data, which have no columns"):
        read(arrays((3, 4, 4)), table={"label": "x"})


def test_a_modality_that_it_does_not_hold(read, csv_file):
    assert isinstance(read(csv_file, "table"), TableImport)
    with pytest.raises(DataError, match=r"^t holds table data, not image data; leave the modality away\.$"):
        read(csv_file, "image")
    with pytest.raises(DataError, match=r"^a holds image data, not table data"):
        read(arrays((3, 4, 4)), "table")
