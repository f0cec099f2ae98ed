"""Files of a plugin's format: read in its own process, imported like any other; what goes wrong costs that import."""

import numpy as np
import pytest

from studio.core.errors import DataError
from studio.data.dataset import open_dataset
from studio.data.importer import run_import
from studio.data.plugin_reader import ReaderChoice, choose_reader
from studio.data.preview import run_preview
from studio.data.request import ImportRequest
from studio.data.source import is_read
from tests.hooks.conftest import install, site, source

__all__ = ["install", "site", "source"]

READER = """
from studio.api import ItemsRead, Reader, hookimpl


def read(path):
    import numpy as np

    lines = path.read_text().split()
    BODY


class Plugin:
    @hookimpl
    def studio_readers(self):
        return [Reader("notes", "Notes", MODALITY, (".notes", ".more.notes"), read=read)]


plugin = Plugin()
"""
PICTURES = """
    items = np.array([[[int(digit) * 20 for digit in line]] * 8 for line in lines], np.uint8)
    return ItemsRead(items, labels=["odd" if line[0] in "13579" else "even" for line in lines],
                     refused=[("line 3", "it is <b>torn</b>")], licence="CC0")
"""
ROWS = """
    items = np.array([[float(part) for part in line.split(",")] for line in lines])
    return ItemsRead(items, columns=["left", "right"])
"""


@pytest.fixture
def reader(install, tmp_path):
    """Install a plugin whose reader does something; gives a file that it reads."""

    def make(body, text="12345678\n23456789\n", modality="image"):
        install("notes", READER.replace("    BODY", body.strip("\n")).replace("MODALITY", repr(modality)))
        file = tmp_path / "mine.notes"
        file.write_text(text)
        return file

    return make


def add(workspace, file):
    request = ImportRequest(workspace=workspace, paths=(str(file),))
    return open_dataset((workspace / "datasets") / run_import(request, lambda event: None).id)


def test_pictures_with_classes(reader, workspace):
    dataset = add(workspace, reader(PICTURES))
    assert dataset.document.name == "mine"
    assert dataset.spec.shape == (8, 8, 1)
    assert dataset.spec.classes == ("even", "odd")
    assert dataset.document.licence == "CC0"
    assert (dataset.document.count, dataset.document.rejected) == (2, 1)
    rows = ((workspace / "datasets") / dataset.document.id / "rejects.csv").read_text()
    assert "line 3,it is <b>torn</b>" in rows


def test_rows_with_names_of_columns(reader, workspace):
    dataset = add(workspace, reader(ROWS, "1,2\n3,4.5\n", "table"))
    assert dataset.spec.names == ("left", "right")
    np.testing.assert_array_equal(np.sort(np.asarray(dataset.items), 0), [[1, 2], [3, 4.5]])


def test_a_dry_look(reader, workspace, tmp_path):
    request = ImportRequest(workspace=workspace, paths=(str(reader(PICTURES)),))
    seen = run_preview(request, tmp_path / "preview.npy", lambda event: None)
    assert (seen["items"], seen["rejected"], seen["classes"]) == (2, 1, ["even", "odd"])
    assert np.load(tmp_path / "preview.npy").shape == (2, 8, 8, 1)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("    raise RuntimeError('two\\nlines')", "cannot read mine.notes: RuntimeError: two lines."),
        ("    raise SystemExit(3)", "cannot read mine.notes: SystemExit: 3."),
        ("    import os; os._exit(3)", "It ends the process that imports it (exit code 3)."),
        ("    import ctypes; ctypes.string_at(0)", "It ends the process that imports it (signal SIGSEGV)."),
        ("    return None", "cannot read mine.notes: it gave NoneType, not ItemsRead."),
        ("    return ItemsRead([1])", "its items are list, not an array."),
        ("    return ItemsRead(np.zeros((2, 8, 8)))", "its items are float64 [2, 8, 8], not uint8 [N, H, W, C] or"),
        ("    return ItemsRead(np.zeros((0, 8, 8), np.uint8))", "it found no items."),
        (
            "    return ItemsRead(np.zeros((0, 8, 8), np.uint8), refused=[(f'line {n}', 'torn') for n in range(5)])",
            "it found no items (line 0: torn; line 1: torn; line 2: torn; and 2 more).",
        ),
        ("    return ItemsRead(np.zeros((2, 8, 8), np.uint8), labels=[1])", "its labels are int64 [1]; give a word or"),
        (
            "    return ItemsRead(np.zeros((2, 8, 8), np.uint8), columns=['a'])",
            "it named 1 columns of items [2, 8, 8].",
        ),
        ("    print('{}'); return ItemsRead(np.zeros((2, 8, 8), np.uint8), labels=[None, 3])", "its labels are object"),
        ("    return bytearray(64 * 2**30)", "cannot read mine.notes: the machine ran out of memory"),
    ],
)
@pytest.mark.fault("F1", "F4")
def test_what_a_reader_does_wrong_is_one_sentence(reader, workspace, body, said):
    with pytest.raises(DataError) as raised:
        add(workspace, reader(body))
    assert said in str(raised.value)
    assert "'Notes' of notes" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not list((workspace / "datasets").iterdir())


def test_what_the_studio_reads_itself_stays_the_studios(tmp_path):
    for name in ("a.png", "b.csv", "c.npy", "d.zip"):
        (tmp_path / name).write_bytes(b"x")
        assert is_read(tmp_path / name)
        assert choose_reader((str(tmp_path / name),), is_read, lambda: pytest.fail("plugins are asked")) is None
    (tmp_path / "e.MORE.notes").write_bytes(b"x")
    choices = {".notes": ReaderChoice("d", "a", "A"), ".more.notes": ReaderChoice("d", "b", "B")}
    assert choose_reader((str(tmp_path / "e.MORE.notes"),), is_read, lambda: choices).id == "b"
    assert choose_reader((str(tmp_path / "gone.notes"),), is_read, lambda: choices) is None
    assert choose_reader((str(tmp_path / "e.MORE.notes"), "x"), is_read, lambda: choices) is None
