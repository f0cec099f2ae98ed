"""What the judge found is kept beside the models of the workspace, and its pictures where a person wants them."""

import dataclasses

import numpy as np
from PIL import Image

from studio.evaluate.keeping import keep_reports, save_pictures
from studio.store.evaluation import read_evaluation
from tests.evaluate.conftest import make_evaluation


def found(file, **strips):
    return dataclasses.replace(make_evaluation("m-1"), file=file, strips=strips)


def test_reports_of_models_of_the_workspace_alone_are_kept(workspace, tmp_path):
    folder = workspace.folder("models") / "m-1"
    folder.mkdir()
    inside = found(folder / "sample.onnx")
    others = [found(folder / "other.onnx"), found(tmp_path / "sample.onnx")]
    assert keep_reports(workspace, [inside, *others]) == ([folder / "evaluation.json"], [])
    assert read_evaluation(folder) == inside.report
    assert not (tmp_path / "evaluation.json").exists()


def test_a_report_that_cannot_be_written_is_said(workspace, monkeypatch):
    def full(folder, report):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("studio.evaluate.keeping.write_evaluation", full)
    folder = workspace.folder("models") / "m-1"
    written, (note,) = keep_reports(workspace, [found(folder / "sample.onnx")])
    assert written == []
    assert note.startswith(f"The report could not be written into {folder}: the disk is full")


def test_a_row_of_a_picture_is_a_sample_and_its_neighbours(tmp_path):
    strip = np.zeros((2, 3, 4, 5, 1), np.uint8)
    strip[:, 0] = 255
    (path,) = save_pictures([found(tmp_path / "vae.onnx", **{"pixels, black/white": strip})], tmp_path / "new")
    assert path == tmp_path / "new" / "vae-nearest-pixels-black-white.png"
    with Image.open(path) as picture:
        pixels = np.asarray(picture)
    assert pixels.shape == (10, 19)
    assert (pixels[:4, :5] == 255).all()
    assert (pixels[:4, 7:12] == 0).all()


def test_pictures_of_several_files_are_numbered(tmp_path):
    strip = np.zeros((1, 2, 2, 2, 1), np.uint8)
    files = [found(tmp_path / "x" / "sample.onnx", p=strip), found(tmp_path / "y.onnx", p=strip, q=strip)]
    names = [path.name for path in save_pictures(files, tmp_path)]
    assert names == ["1-x-nearest-p.png", "2-y-nearest-p.png", "2-y-nearest-q.png"]
