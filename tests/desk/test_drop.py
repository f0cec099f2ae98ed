"""What files are to the studio, known before they are let go."""

import io
import os
import threading

import numpy as np
import pytest

import studio.desk.drop as drop_module
from studio.data.image.sample_file import save_sample
from studio.desk.drop import classify
from tests.droppable import write_files


@pytest.fixture
def files(tmp_path):
    return write_files(tmp_path)


@pytest.mark.parametrize(
    ("names", "kind", "words"),
    [
        (["folder"], "data", "Add the folder 'pets' as a data set"),
        (["plain"], "data", "Add 'plain.png' as a data set"),
        (["archive"], "data", "Add 'pets.zip' as a data set"),
        (["plain", "sample", "folder"], "data", "Add 3 files and folders as a data set"),
        (["sample", "sample"], "data", "Add 2 files and folders as a data set"),
        (["model"], "model", "Open the model 'flow.onnx'"),
        (["other"], "model", "Open the model 'other.ONNX'"),
        (["model", "other"], "refused", "Open one model at a time"),
        (["model", "plain"], "data", "Add 2 files and folders as a data set"),
        (["sample"], "settings", "Restore the settings that made 'sample.png'"),
        (["wheel"], "plugin", "See what the plugin 'studio_mine-1.0-py3-none-any.whl' would install"),
        (["wheel", "plain"], "refused", "Install one plugin at a time"),
        ([], "refused", "There is no file"),
    ],
)
def test_what_files_are_to_the_studio(files, names, kind, words):
    dropped = classify([files[name] for name in names])
    assert dropped.kind == kind
    assert words in dropped.words
    assert dropped.paths == (() if kind == "refused" else tuple(files[name] for name in names))


def test_what_hovers_is_read_as_little_as_can_be(files, tmp_path, monkeypatch):
    """The settings come before the pixels, however many there are; where they come last, the drop finds them."""
    pixels = np.random.default_rng(0).integers(0, 256, (512, 512, 3), dtype=np.uint8)
    save_sample(tmp_path / "large.png", pixels, {"seed": 3})
    whole = files["sample"].read_bytes()
    (tmp_path / "repacked.png").write_bytes(b"\0" * 100_000 + whole)
    reads = []
    monkeypatch.setattr(drop_module, "open", lambda *words, **options: Counted(reads, *words, **options), raising=False)
    assert classify([tmp_path / "large.png"], hovering=True).kind == "settings"
    assert classify([tmp_path / "repacked.png"], hovering=True).kind == "data"
    assert reads == [65536, 65536]
    assert classify([tmp_path / "repacked.png"]).kind == "settings"


def test_a_folder_is_not_looked_at_while_it_hovers(files, monkeypatch):
    monkeypatch.setattr(type(files["folder"]), "is_dir", lambda self: pytest.fail("the mount may be slow"))
    assert classify([files["folder"]], hovering=True).words == "Add 'pets' as a data set"


@pytest.mark.fault("A27")
def test_an_address_of_elsewhere_is_refused_with_what_to_do():
    dropped = classify([], remote=True)
    assert dropped.kind == "refused"
    assert "save it to a folder first" in dropped.words


def test_what_cannot_be_read_is_data_to_be_refused_by_the_import(tmp_path):
    assert classify([tmp_path / "missing.png"]).kind == "data"


@pytest.mark.fault("A10", "A27")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    answers = []
    thread = threading.Thread(target=lambda: answers.append(classify([tmp_path / "pipe.png"]).kind), daemon=True)
    thread.start()
    thread.join(5)
    assert answers == ["data"]


class Counted(io.FileIO):
    """A file that writes down how much is asked of it."""

    def __init__(self, reads, path, mode, **_):
        super().__init__(path, mode)
        self.reads = reads

    def read(self, size=-1):
        self.reads.append(size)
        return super().read(size)


@pytest.mark.parametrize("name", ["rows.csv.json", "texts.txt.json", "rows.parquet.json", "texts.jsonl.json"])
def test_the_file_beside_samples_restores_them(tmp_path, name):
    (tmp_path / name).write_text("{}")
    dropped = classify([tmp_path / name])
    assert (dropped.kind, dropped.words) == ("settings", f"Restore the settings in '{name}'")
    (tmp_path / "other.json").write_text("{}")
    assert classify([tmp_path / "other.json"]).kind == "data"
