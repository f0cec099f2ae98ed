"""One file read in this process: the arrays that are left for the importer."""

import numpy as np

from studio.core.errors import DataError
from studio.core.extension import ItemsRead, Reader
from studio.hooks.read_file import read_file


def reader(give, modality="table"):
    return Reader("toy", "Toy", modality, (".toy",), read=give)


def test_items_labels_and_columns_are_left_as_arrays(tmp_path):
    found = ItemsRead(np.array([[1.0, 2.0]]), labels=["a"], columns=["x\ny", "z"], refused=[("line 2", "torn")])
    answer = read_file(reader(lambda path: found), tmp_path / "f.toy", tmp_path / "out.npz")
    assert answer == {"failed": "", "refused": [["line 2", "torn"]], "licence": ""}
    with np.load(tmp_path / "out.npz") as arrays:
        assert arrays["columns"].tolist() == ["x y", "z"]
        assert arrays["y"].tolist() == ["a"]


def test_a_sentence_of_its_own_is_kept_as_it_is(tmp_path):
    def refuse(path):
        raise DataError("Line 3 has no colon;\nput one there.")

    answer = read_file(reader(refuse), tmp_path / "f.toy", tmp_path / "out.npz")
    assert answer["failed"] == "Line 3 has no colon; put one there."
    assert not (tmp_path / "out.npz").exists()
