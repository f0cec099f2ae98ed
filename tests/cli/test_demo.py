"""Where the demo's samples go: into the gallery as a batch, with a grid to look at."""

import numpy as np
import pytest
from PIL import Image

from studio.cli.demo import sample_into_gallery
from studio.cli.terminal import Terminal
from studio.core.errors import ModelError
from studio.store.gallery import SAMPLES, BatchDocument, list_batches, model_file


@pytest.fixture
def model(workspace, onnx_file):
    folder = workspace.folder("models") / "toy-1"
    folder.mkdir()
    return onnx_file().rename(folder / "sample.onnx")


def test_samples_lie_in_the_gallery_with_a_grid_beside_them(workspace, model):
    done = sample_into_gallery(workspace, model, None, Terminal(json_lines=False))
    ((folder, batch),) = list_batches(workspace)
    assert isinstance(batch, BatchDocument)
    assert (done["batch"], done["samples"], batch.request.count, batch.model) == (folder.name, 64, 64, "toy-1")
    assert batch.request.labels[:4] == (0, 1, 0, 1)
    assert model_file(workspace, batch) == model
    assert not batch.file.startswith("/")
    assert done["grid"] == str(folder / "grid.png")
    samples = np.load(folder / SAMPLES)
    assert samples.shape == (64, 2, 2, 1)
    with Image.open(done["grid"]) as grid:
        assert grid.size == (8 * 2 + 7 * 2, 8 * 2 + 7 * 2)
        np.testing.assert_array_equal(np.asarray(grid)[:2, :2], samples[0, ..., 0])


def test_a_folder_of_ones_own_gets_every_picture_too(workspace, model, tmp_path):
    done = sample_into_gallery(workspace, model, tmp_path / "out", Terminal(json_lines=False))
    assert done["grid"] == str(tmp_path / "out" / "toy-1-grid-0.png")
    assert len(list((tmp_path / "out").iterdir())) == 65
    assert len(list_batches(workspace)) == 1


def test_pictures_that_are_there_are_refused_before_the_training(complaint, workspace, tmp_path):
    (tmp_path / "mine.png").write_bytes(b"mine")
    assert complaint("demo", "-o", tmp_path).startswith(f"{tmp_path / 'mine.png'} exists already")
    assert workspace.entries("datasets") == []


def test_what_fails_leaves_the_gallery_as_it_was(workspace, model):
    model.write_bytes(b"broken")
    with pytest.raises(ModelError):
        sample_into_gallery(workspace, model, None, Terminal(json_lines=False))
    assert list(workspace.folder("gallery").iterdir()) == []
