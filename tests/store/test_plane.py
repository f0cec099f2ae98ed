"""What a run on points leaves of its inside."""

import io

import numpy as np
import pytest

from studio.core.errors import ForeignEntryError
from studio.store.plane import newest_plane, read_plane, write_plane


def test_the_newest_step_is_read_back(tmp_path):
    assert newest_plane(tmp_path) == (-1, {})
    lines = np.arange(12, dtype=np.float64).reshape(2, 3, 2)
    write_plane(tmp_path, 5, "grid", lines + 1)
    write_plane(tmp_path, 40, "grid", lines)
    write_plane(tmp_path, 40, "bound", np.eye(3))
    (tmp_path / "plane" / "step-00000099.other.npy").write_bytes(b"")
    step, files = newest_plane(tmp_path)
    assert step == 40
    assert set(files) == {"grid", "bound"}
    assert np.array_equal(read_plane(files["grid"]), lines)
    assert read_plane(files["bound"]).dtype == np.float32


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("exact", np.zeros((2, 2, 2), np.float32)),
        ("exact", np.zeros((0, 4), np.float32)),
        ("exact", np.zeros((4, 4), np.float64)),
        ("grid", np.zeros((4, 4, 3), np.float32)),
        ("paths", np.zeros((700, 200, 2), np.float32)),
    ],
)
def test_what_is_something_else_is_not_shown(tmp_path, kind, values):
    path = tmp_path / f"step-00000001.{kind}.npy"
    np.save(path, values)
    assert read_plane(path) is None


def test_damage_and_claims_are_not_shown(tmp_path):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f4", "fortran_order": False, "shape": (10**7, 10**7)})
    path = tmp_path / "step-00000001.exact.npy"
    for data in (b"", b"text", buffer.getvalue()):
        path.write_bytes(data)
        assert read_plane(path) is None
    assert read_plane(tmp_path / "step-00000002.exact.npy") is None
    assert read_plane(tmp_path / "other.npy") is None


def test_links_are_neither_written_nor_read_through(tmp_path):
    run, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    run.mkdir()
    elsewhere.mkdir()
    (run / "plane").symlink_to(elsewhere)
    with pytest.raises(ForeignEntryError):
        write_plane(run, 1, "exact", np.zeros((2, 2)))
    assert list(elsewhere.iterdir()) == []
    assert newest_plane(run) == (-1, {})
