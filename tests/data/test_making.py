import pytest

from studio.core.errors import DataError
from studio.data.making import check_name, new_dataset
from studio.store.workspace import Workspace


def test_a_data_set_is_there_whole(workspace, leftovers):
    with new_dataset(Workspace(workspace), "Größe 1") as (folder, id):
        (folder / "spec.json").write_text("{}")
        assert id.startswith("groe-1-")
        assert id not in leftovers()
    assert leftovers() == [id]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_or_not_at_all(workspace, leftovers, error):
    def fail():
        with new_dataset(Workspace(workspace), "pets") as (folder, _):
            (folder / "items.npy").write_bytes(b"half")
            raise error

    with pytest.raises(error):
        fail()
    assert leftovers() == []


def test_a_name_has_an_end():
    check_name("x" * 500)
    with pytest.raises(DataError, match="longer than 500"):
        check_name("x" * 501)
